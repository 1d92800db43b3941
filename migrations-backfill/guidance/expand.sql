-- Read-only views with the legacy columns on canonical data, for reports that read the legacy tables by SQL.
--
-- They read as the role that asks (security_invoker), so row-level security holds in them as it does elsewhere.
-- A row that was moved is shown as it was, unless it was edited since: the same as the legacy routes answer. Of a
-- script's versions the sealed ones are here. Names that begin with _ are for the other views alone.

CREATE SCHEMA IF NOT EXISTS "guidance_compat";

-- What became of the legacy rows, one row each.
CREATE OR REPLACE VIEW "guidance_compat"."_moved" WITH (security_invoker = true) AS
SELECT "tenantId", "kind", "newId", "legacyId", "factsJson"
FROM "backfill"."BackfillIdMap"
WHERE "backfill" = 'guidance' AND "takenBackAt" IS NULL;

CREATE OR REPLACE VIEW "guidance_compat"."Script" WITH (security_invoker = true) AS
SELECT
  coalesce(moved."legacyId", script."id") AS "id",
  script."tenantId",
  coalesce(moved."factsJson" #>> '{row,key}', script."slug") AS "key",
  CASE WHEN script."name" = moved."factsJson" #>> '{moved,name}'
    THEN moved."factsJson" #>> '{row,title}' ELSE script."name" END AS "title",
  CASE WHEN script."description" IS NOT DISTINCT FROM moved."factsJson" #>> '{moved,description}'
    AND moved."legacyId" IS NOT NULL
    THEN moved."factsJson" #>> '{row,description}' ELSE script."description" END AS "description",
  CASE WHEN to_jsonb(script."labels") = moved."factsJson" #> '{moved,labels}'
    THEN ARRAY(SELECT jsonb_array_elements_text(moved."factsJson" #> '{row,tags}')) ELSE script."labels" END AS "tags",
  CASE WHEN script."latestVersion" = (moved."factsJson" ->> 'latestVersion')::int
    THEN (moved."factsJson" #>> '{row,latestVersion}')::int ELSE script."latestVersion" END AS "latestVersion",
  script."createdAt" AT TIME ZONE 'UTC' AS "createdAt",
  script."updatedAt" AT TIME ZONE 'UTC' AS "updatedAt"
FROM "scripts"."Script" AS script
LEFT JOIN "guidance_compat"."_moved" AS moved
  ON moved."tenantId" = script."tenantId" AND moved."kind" = 'script' AND moved."newId" = script."id";

-- Sealed versions with what is kept of their legacy rows. One that only stands where a legacy number was missing
-- is left out.
CREATE OR REPLACE VIEW "guidance_compat"."_version" WITH (security_invoker = true) AS
SELECT version."tenantId", version."id", version."scriptId", version."version", version."graphJson",
  version."variablesDef", version."changelog", version."isPublished", version."createdAt", moved."legacyId",
  moved."factsJson"
FROM "scripts"."ScriptVersion" AS version
LEFT JOIN "guidance_compat"."_moved" AS moved
  ON moved."tenantId" = version."tenantId" AND moved."kind" = 'version'
    AND moved."newId" = version."scriptId" || '/' || version."version"
LEFT JOIN "guidance_compat"."_moved" AS of_script
  ON of_script."tenantId" = version."tenantId" AND of_script."kind" = 'script'
    AND of_script."newId" = version."scriptId"
WHERE version."sealedAt" IS NOT NULL
  AND (moved."legacyId" IS NOT NULL OR of_script."legacyId" IS NULL
    OR version."version" > (of_script."factsJson" ->> 'latestVersion')::int);

CREATE OR REPLACE VIEW "guidance_compat"."ScriptVersion" WITH (security_invoker = true) AS
SELECT
  coalesce(version."legacyId", version."id") AS "id",
  coalesce(version."factsJson" #>> '{row,scriptId}', version."scriptId") AS "scriptId",
  version."tenantId",
  version."version",
  CASE
    WHEN version."isPublished" THEN 'ACTIVE'
    WHEN version."factsJson" #>> '{row,status}' = 'ACTIVE' THEN 'ARCHIVED'
    ELSE coalesce(version."factsJson" #>> '{row,status}', 'DRAFT')
  END AS "status",
  CASE WHEN version."legacyId" IS NOT NULL THEN version."factsJson" #>> '{row,entryNodeId}'
    ELSE version."id" || '/' || (version."graphJson" ->> 'entryNodeId') END AS "entryNodeId",
  CASE WHEN version."legacyId" IS NOT NULL THEN version."factsJson" #>> '{row,notes}'
    ELSE version."changelog" END AS "notes",
  version."createdAt" AT TIME ZONE 'UTC' AS "createdAt",
  -- Of legacy rows alone: when a version was published since is in the log.
  CASE WHEN version."factsJson" #>> '{row,publishedAt}' LIKE '%infinity'
    THEN (version."factsJson" #>> '{row,publishedAt}')::timestamp
    ELSE timestamp 'epoch' + (version."factsJson" #>> '{row,publishedAt}')::bigint * interval '1 millisecond'
  END AS "publishedAt"
FROM "guidance_compat"."_version" AS version;

CREATE OR REPLACE VIEW "guidance_compat"."ScriptNode" WITH (security_invoker = true) AS
SELECT
  coalesce(node."kept" ->> 'id', version."id" || '/' || node."id") AS "id",
  coalesce(version."legacyId", version."id") AS "scriptVersionId",
  version."tenantId",
  coalesce(node."kept" #>> '{columns,key}', node."id") AS "key",
  coalesce(
    node."kept" #>> '{columns,type}',
    CASE WHEN node."value" ->> 'type' IN ('start', 'message', 'question', 'choice', 'condition', 'action', 'end')
      THEN upper(node."value" ->> 'type') ELSE 'MESSAGE' END
  ) AS "type",
  CASE WHEN node."kept" -> 'columns' ? 'title'
    THEN node."kept" #>> '{columns,title}' ELSE node."value" #>> '{data,title}' END AS "title",
  CASE WHEN node."kept" -> 'columns' ? 'prompt'
    THEN node."kept" #>> '{columns,prompt}' ELSE node."value" #>> '{data,prompt}' END AS "prompt",
  node."value" #> '{data,uiSchema}' AS "uiSchema",
  node."value" #> '{data,config}' AS "config",
  coalesce((node."value" #>> '{data,orderIndex}')::numeric::int, node."place"::int - 1) AS "orderIndex"
FROM "guidance_compat"."_version" AS version
-- Joined and not looked up node by node: each look into factsJson would read all of it again.
CROSS JOIN LATERAL (
  SELECT list."value" ->> 'id' AS "id", list."value", list."place", facts."value" AS "kept"
  FROM jsonb_array_elements(version."graphJson" -> 'nodes') WITH ORDINALITY AS list ("value", "place")
  LEFT JOIN jsonb_each(version."factsJson" -> 'nodes') AS facts ("key", "value") ON facts."key" = list."value" ->> 'id'
) AS node
-- A node that the move added stands in no legacy version.
WHERE version."legacyId" IS NULL OR node."kept" IS NOT NULL;

CREATE OR REPLACE VIEW "guidance_compat"."ScriptEdge" WITH (security_invoker = true) AS
SELECT
  coalesce(edge."kept" ->> 'id', version."id" || '/' || edge."id") AS "id",
  coalesce(version."legacyId", version."id") AS "scriptVersionId",
  version."tenantId",
  coalesce(edge."fromNodeId", version."id" || '/' || (edge."value" ->> 'source')) AS "fromNodeId",
  coalesce(edge."toNodeId", version."id" || '/' || (edge."value" ->> 'target')) AS "toNodeId",
  edge."value" #> '{data,condition}' AS "condition"
FROM "guidance_compat"."_version" AS version
CROSS JOIN LATERAL (
  SELECT list."value" ->> 'id' AS "id", list."value", facts."value" AS "kept",
    source."value" ->> 'id' AS "fromNodeId", target."value" ->> 'id' AS "toNodeId"
  FROM jsonb_array_elements(version."graphJson" -> 'edges') AS list ("value")
  LEFT JOIN jsonb_each(version."factsJson" -> 'edges') AS facts ("key", "value") ON facts."key" = list."value" ->> 'id'
  LEFT JOIN jsonb_each(version."factsJson" -> 'nodes') AS source ("key", "value") ON source."key" = list."value" ->> 'source'
  LEFT JOIN jsonb_each(version."factsJson" -> 'nodes') AS target ("key", "value") ON target."key" = list."value" ->> 'target'
) AS edge
WHERE version."legacyId" IS NULL OR edge."kept" IS NOT NULL
UNION ALL
-- Edges that were not moved are shown, as the legacy routes answer them.
SELECT
  edge."value" ->> 'id',
  version."legacyId",
  version."tenantId",
  edge."value" ->> 'fromNodeId',
  edge."value" ->> 'toNodeId',
  NULL
FROM "guidance_compat"."_version" AS version
CROSS JOIN LATERAL jsonb_array_elements(version."factsJson" -> 'leftOutEdges') AS edge ("value");

CREATE OR REPLACE VIEW "guidance_compat"."ScriptVariable" WITH (security_invoker = true) AS
SELECT
  coalesce(variable."kept" ->> 'id', version."id" || '/' || variable."key") AS "id",
  coalesce(version."legacyId", version."id") AS "scriptVersionId",
  version."tenantId",
  coalesce(variable."kept" #>> '{columns,key}', variable."key") AS "key",
  coalesce(variable."kept" #>> '{columns,type}', variable."value" ->> 'type') AS "type",
  ARRAY(SELECT jsonb_array_elements_text(
    coalesce(variable."kept" #> '{columns,enumValues}', variable."value" -> 'enumValues', '[]'))) AS "enumValues",
  CASE WHEN variable."kept" -> 'columns' ? 'defaultVal'
    THEN variable."kept" #>> '{columns,defaultVal}' ELSE variable."value" ->> 'defaultVal' END AS "defaultVal",
  coalesce((variable."kept" #>> '{columns,required}')::boolean, (variable."value" ->> 'required')::boolean) AS "required"
FROM "guidance_compat"."_version" AS version
CROSS JOIN LATERAL (
  SELECT list."value" ->> 'key' AS "key", list."value", facts."value" AS "kept"
  FROM jsonb_array_elements(version."variablesDef") AS list ("value")
  LEFT JOIN jsonb_each(version."factsJson" -> 'variables') AS facts ("key", "value") ON facts."key" = list."value" ->> 'key'
) AS variable
WHERE version."legacyId" IS NULL OR variable."kept" IS NOT NULL;

CREATE OR REPLACE VIEW "guidance_compat"."ScriptRun" WITH (security_invoker = true) AS
SELECT
  coalesce(moved."legacyId", run."id") AS "id",
  run."tenantId",
  coalesce(version."factsJson" #>> '{row,scriptId}', run."scriptId") AS "scriptId",
  run."version" AS "scriptVersion",
  run."subjectSchema",
  run."subjectModel",
  run."subjectId",
  run."startedById" AS "startedByUserId",
  run."startedAt" AT TIME ZONE 'UTC' AS "startedAt",
  run."endedAt" AT TIME ZONE 'UTC' AS "completedAt",
  -- One that went on since the move has its state of now.
  CASE WHEN (moved."factsJson" ->> 'logLength')::int = run."logLength"
    THEN (moved."factsJson" #>> '{row,state}')::jsonb
    ELSE jsonb_build_object(
      'cursor', coalesce(version."factsJson" #>> ARRAY['nodes', run."currentNodeId", 'columns', 'key'], run."currentNodeId"),
      'vars', run."state" -> 'variables')
  END AS "state"
FROM "scripts"."ScriptRun" AS run
LEFT JOIN "guidance_compat"."_moved" AS moved
  ON moved."tenantId" = run."tenantId" AND moved."kind" = 'run' AND moved."newId" = run."id"
LEFT JOIN "guidance_compat"."_moved" AS version
  ON version."tenantId" = run."tenantId" AND version."kind" = 'version'
    AND version."newId" = run."scriptId" || '/' || run."version";

CREATE OR REPLACE VIEW "guidance_compat"."ScriptAnswer" WITH (security_invoker = true) AS
SELECT
  coalesce(moved."legacyId", log."runId" || '/' || log."ordinal") AS "id",
  coalesce(of_run."legacyId", log."runId") AS "runId",
  log."tenantId",
  coalesce(version."factsJson" #>> ARRAY['nodes', log."entry" ->> 'nodeId', 'columns', 'key'], log."entry" ->> 'nodeId') AS "nodeKey",
  log."entry" -> 'value' AS "value",
  log."occurredAt" AT TIME ZONE 'UTC' AS "answeredAt"
FROM "scripts"."ScriptRunLog" AS log
JOIN "scripts"."ScriptRun" AS run ON run."tenantId" = log."tenantId" AND run."id" = log."runId"
LEFT JOIN "guidance_compat"."_moved" AS moved
  ON moved."tenantId" = log."tenantId" AND moved."kind" = 'answer' AND moved."newId" = log."runId" || '/' || log."ordinal"
LEFT JOIN "guidance_compat"."_moved" AS of_run
  ON of_run."tenantId" = log."tenantId" AND of_run."kind" = 'run' AND of_run."newId" = log."runId"
LEFT JOIN "guidance_compat"."_moved" AS version
  ON version."tenantId" = run."tenantId" AND version."kind" = 'version'
    AND version."newId" = run."scriptId" || '/' || run."version"
WHERE log."entry" ->> 'kind' = 'answered';

GRANT USAGE ON SCHEMA "guidance_compat" TO script_api, script_worker, script_operator;
GRANT SELECT ON ALL TABLES IN SCHEMA "guidance_compat" TO script_api, script_worker, script_operator;
