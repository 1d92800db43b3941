-- The legacy tables take writes again.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['Script', 'ScriptVersion', 'ScriptNode', 'ScriptEdge', 'ScriptVariable', 'ScriptRun', 'ScriptAnswer'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS "frozen" ON guidance.%I', name);
  END LOOP;
END
$$;
