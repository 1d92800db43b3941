-- Phase A: the first canonical tables were called scripts."AuthorScript*", because the legacy schema had taken
-- the plain names in the ORM. The tables have their neutral names now. Whoever still reads the old ones reads
-- these views: the same rows, the old names and columns, no copy. With security_invoker the reader's own rights
-- and row-level security count, not the view owner's.
--
--   AuthorScript          Script
--   AuthorScriptVersion   ScriptVersion   (all of them; the open draft has isPublished = false)
--   AuthorScriptAuditLog  ScriptAuditLog
--   AuthorScriptRun       ScriptRun       (status as text)

CREATE OR REPLACE VIEW "scripts"."AuthorScript" WITH (security_invoker = true) AS
SELECT "id", "tenantId", "name", "slug", "description", "status", "activeVersionId", "latestVersion", "labels",
  "intents", "languageCodes", "embeddingKey", "createdById", "updatedById", "createdAt", "updatedAt"
FROM "scripts"."Script";

CREATE OR REPLACE VIEW "scripts"."AuthorScriptVersion" WITH (security_invoker = true) AS
SELECT "id", "scriptId", "version", "graphJson", "variablesDef", "changelog", "isPublished", "createdById", "createdAt"
FROM "scripts"."ScriptVersion";

CREATE OR REPLACE VIEW "scripts"."AuthorScriptAuditLog" WITH (security_invoker = true) AS
SELECT "id", "tenantId", "scriptId", "version", "actorId", "action", "diffJson", "note", "createdAt"
FROM "scripts"."ScriptAuditLog";

CREATE OR REPLACE VIEW "scripts"."AuthorScriptRun" WITH (security_invoker = true) AS
SELECT "id", "tenantId", "scriptId", "version", "startedById", "connectorType", "connectorKey",
  "status"::text AS "status", "startedAt", "endedAt"
FROM "scripts"."ScriptRun";

REVOKE ALL ON "scripts"."AuthorScript", "scripts"."AuthorScriptVersion", "scripts"."AuthorScriptAuditLog",
  "scripts"."AuthorScriptRun" FROM PUBLIC, script_api, script_worker;
GRANT SELECT ON "scripts"."AuthorScript", "scripts"."AuthorScriptVersion", "scripts"."AuthorScriptAuditLog",
  "scripts"."AuthorScriptRun" TO script_api, script_worker;
