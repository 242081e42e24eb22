"""The triggers that keep outcomes final, as migrations change them."""

# To change a trigger waits for whoever uses the table, and everybody who comes then waits for that.
# So it gives up before the collector would, after a second and a half: that is time enough for an
# autovacuum to make room. Then it lets the others go first, and tries again.
_CHANGE = """
DO $$
BEGIN
    FOR attempt IN 1..60 LOOP
        BEGIN
            SET LOCAL lock_timeout = '1500ms';
            DROP TRIGGER {table}_outcome_is_final ON {table};
            CREATE TRIGGER {table}_outcome_is_final {moment} UPDATE OF outcome ON {table} FOR EACH ROW
                WHEN (OLD.outcome NOT IN ({live})
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


def moved(table, live):
    """Return the SQL that lets a table's trigger run after updates, and the SQL that undoes it."""
    return tuple(
        _CHANGE.format(table=table, live=live, moment=moment) for moment in ('AFTER', 'BEFORE')
    )
