-- The legacy tables take no more writes, from anybody: the database says so, and to whom it may concern where to go.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['Script', 'ScriptVersion', 'ScriptNode', 'ScriptEdge', 'ScriptVariable', 'ScriptRun', 'ScriptAnswer'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS "frozen" ON guidance.%I', name);
    EXECUTE format(
      'CREATE TRIGGER "frozen" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON guidance.%I '
      'FOR EACH STATEMENT EXECUTE FUNCTION scripts.refuse_statement(%L, %L, %L)',
      name, 'SC010', 'the legacy tables are being moved and are frozen.', 'Use the canonical service, or wait until the move is over.');
    EXECUTE format('ALTER TABLE guidance.%I ENABLE ALWAYS TRIGGER "frozen"', name);
  END LOOP;
END
$$;
