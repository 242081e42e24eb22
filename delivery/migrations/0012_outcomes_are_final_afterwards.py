from django.db import migrations

# A trigger that runs before an update has every row locked first, which is written to the WAL like
# the update itself, and an event and its delivery are updated three times on their way. One that
# runs afterwards asks its condition and no more, and refuses just as well.
#
# To change a trigger waits for whoever uses the table, and everybody who comes then waits for that.
# So it gives up before the collector would, after a second and a half: that is time enough for an
# autovacuum to make room. Then it lets the others go first, and tries again.
CHANGE = """
DO $$
BEGIN
    FOR attempt IN 1..60 LOOP
        BEGIN
            SET LOCAL lock_timeout = '1500ms';
            DROP TRIGGER event_outcome_is_final ON event;
            CREATE TRIGGER event_outcome_is_final {moment} UPDATE OF outcome ON event FOR EACH ROW
                WHEN (OLD.outcome NOT IN ('received', 'evaluated')
                    AND NEW.outcome <> OLD.outcome AND NEW.outcome <> 'erased')
                EXECUTE FUNCTION refuse_outcome_change();
            RETURN;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            PERFORM pg_sleep(1);
        END;
    END LOOP;
    RAISE EXCEPTION 'The log is in use, perhaps by a backup. Migrate again when that is over.'
        USING ERRCODE = 'lock_not_available';
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0011_fair_claims'),
    ]

    operations = [
        migrations.RunSQL(CHANGE.format(moment='AFTER'), CHANGE.format(moment='BEFORE')),
    ]
