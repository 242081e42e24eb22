"""The database refuses to change a revision's content, or a build once it is finished."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_immutable_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A % never changes.', TG_ARGV[0]
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER revision_is_immutable BEFORE UPDATE ON rules_revision FOR EACH ROW
    WHEN ((OLD.content, OLD.content_hash, OLD.number, OLD.resource_id)
        IS DISTINCT FROM (NEW.content, NEW.content_hash, NEW.number, NEW.resource_id))
    EXECUTE FUNCTION refuse_immutable_change('revision');
CREATE TRIGGER build_is_immutable BEFORE UPDATE ON rules_build FOR EACH ROW
    WHEN (OLD.status <> 'pending'
        AND (OLD.document, OLD.content_hash, OLD.status, OLD.environment_id)
        IS DISTINCT FROM (NEW.document, NEW.content_hash, NEW.status, NEW.environment_id))
    EXECUTE FUNCTION refuse_immutable_change('finished build');
"""
ALLOW = """
DROP TRIGGER revision_is_immutable ON rules_revision;
DROP TRIGGER build_is_immutable ON rules_build;
DROP FUNCTION refuse_immutable_change;
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_initial")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
