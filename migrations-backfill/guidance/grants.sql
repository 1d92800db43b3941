-- Batches read the legacy tables as script_worker, the legacy routes as script_api. Until the freeze those write
-- there too: runs, answers, and the status of versions.
GRANT USAGE ON SCHEMA "guidance" TO script_api, script_worker, script_operator;
GRANT SELECT ON ALL TABLES IN SCHEMA "guidance" TO script_api, script_worker, script_operator;
GRANT INSERT, UPDATE ON "guidance"."ScriptRun", "guidance"."ScriptAnswer" TO script_api;
GRANT UPDATE ("status", "publishedAt") ON "guidance"."ScriptVersion" TO script_api;
GRANT UPDATE ("updatedAt") ON "guidance"."Script" TO script_api;
