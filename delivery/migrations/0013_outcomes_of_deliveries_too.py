from django.db import migrations

# Deliveries, as 0012 did it for events. Not in one transaction: workers change both tables, these
# first, and each would wait for the other.
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
            DROP TRIGGER delivery_outcome_is_final ON delivery;
            CREATE TRIGGER delivery_outcome_is_final {moment} UPDATE OF outcome ON delivery FOR EACH ROW
                WHEN (OLD.outcome NOT IN ('pending', 'in_flight', 'held')
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
        ('delivery', '0012_outcomes_are_final_afterwards'),
    ]

    operations = [
        migrations.RunSQL(CHANGE.format(moment='AFTER'), CHANGE.format(moment='BEFORE')),
    ]
