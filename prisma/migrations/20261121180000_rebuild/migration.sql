-- Versions that are made anew from the log beside the live ones, and how far that has come.

-- CreateTable
CREATE TABLE "scripts"."RebuildProgress" (
    "id" TEXT NOT NULL,
    "scopeJson" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "afterTenantId" TEXT,
    "afterScriptId" TEXT,
    "scripts" INTEGER NOT NULL DEFAULT 0,
    "same" INTEGER NOT NULL DEFAULT 0,
    "switched" INTEGER NOT NULL DEFAULT 0,
    "kept" INTEGER NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "RebuildProgress_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scripts"."ScriptVersionRebuild" (
    "tenantId" TEXT NOT NULL,
    "scriptId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "rebuildId" TEXT NOT NULL,
    "difference" TEXT NOT NULL,
    "graphJson" JSONB NOT NULL,
    "variablesDef" JSONB NOT NULL,
    "streamJson" JSONB NOT NULL,
    "fromSequence" INTEGER NOT NULL,
    "toSequence" INTEGER NOT NULL,
    "graphHash" CHAR(64) NOT NULL,
    "stateHash" CHAR(64) NOT NULL,
    "reducerVersion" INTEGER NOT NULL,
    "changelog" TEXT,
    "createdById" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "sealedAt" TIMESTAMPTZ(3),
    "builtAt" TIMESTAMPTZ(3) NOT NULL,
    "acceptedAt" TIMESTAMPTZ(3),
    "acceptedById" TEXT,
    "reason" TEXT,
    "switchedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ScriptVersionRebuild_pkey" PRIMARY KEY ("tenantId","scriptId","version","rebuildId")
);

-- AddForeignKey
ALTER TABLE "scripts"."ScriptVersionRebuild" ADD CONSTRAINT "ScriptVersionRebuild_tenantId_scriptId_fkey" FOREIGN KEY ("tenantId", "scriptId") REFERENCES "scripts"."Script"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- Checks ------------------------------------------------------------------------------------------------

ALTER TABLE "scripts"."RebuildProgress"
  ADD CONSTRAINT "RebuildProgress_status_is_known" CHECK ("status" IN ('RUNNING', 'DONE')),
  ADD CONSTRAINT "RebuildProgress_place_is_whole" CHECK (num_nonnulls("afterTenantId", "afterScriptId") IN (0, 2));
ALTER TABLE "scripts"."ScriptVersionRebuild"
  ADD CONSTRAINT "ScriptVersionRebuild_hashes_are_sha256" CHECK (length("graphHash") = 64 AND "graphHash" !~ '[^0-9a-f]' AND length("stateHash") = 64 AND "stateHash" !~ '[^0-9a-f]'),
  -- Nobody accepts without saying why, or in nobody's name.
  ADD CONSTRAINT "ScriptVersionRebuild_accepted_with_reason" CHECK (
    num_nonnulls("acceptedAt", "acceptedById", "reason") IN (0, 3) AND "reason" <> '' AND "acceptedById" <> '');

-- A sealed version that an operator accepted ---------------------------------------------------------------
--
-- As 20261121000000_scripts_core_init made it, with the one way round it: what a sealed row says may become what a
-- rebuild made that an operator accepted with a reason, once, and nothing else may. Its id, number and start never do.
-- Two roles are needed: script_operator accepts and cannot write versions, script_worker writes and cannot accept.
CREATE OR REPLACE FUNCTION "scripts"."refuse_change_of_sealed_version"() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  rebuilt text[] := ARRAY['toSequence', 'graphJson', 'variablesDef', 'streamJson', 'graphHash', 'stateHash', 'reducerVersion',
    'changelog', 'createdById', 'createdAt', 'sealedAt'];
BEGIN
  IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) - rebuilt - 'isPublished')::text = (to_jsonb(NEW) - rebuilt - 'isPublished')::text AND EXISTS (
    SELECT FROM "scripts"."ScriptVersionRebuild" AS accepted
    WHERE accepted."tenantId" = OLD."tenantId" AND accepted."scriptId" = OLD."scriptId" AND accepted."version" = OLD."version"
      AND accepted."acceptedAt" IS NOT NULL AND accepted."switchedAt" IS NULL
      AND accepted."fromSequence" = OLD."fromSequence"
      AND (SELECT jsonb_object_agg(name, to_jsonb(accepted) -> name)::text FROM unnest(rebuilt) AS name)
        = (SELECT jsonb_object_agg(name, to_jsonb(NEW) -> name)::text FROM unnest(rebuilt) AS name))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING
    ERRCODE = 'SC003',
    MESSAGE = format('%s of version %s of script %s of tenant %s refused: it is sealed since %s.',
      TG_OP, OLD."version", OLD."scriptId", OLD."tenantId", OLD."sealedAt"),
    HINT = 'Only isPublished of a sealed version changes. Append a command and commit a new version.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME;
END
$$;

-- Row-level security and grants -----------------------------------------------------------------------------

ALTER TABLE "scripts"."ScriptVersionRebuild" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "script_worker_everywhere" ON "scripts"."ScriptVersionRebuild" TO script_worker USING (true) WITH CHECK (true);
CREATE POLICY "script_operator_everywhere" ON "scripts"."ScriptVersionRebuild" TO script_operator USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON "scripts"."RebuildProgress" TO script_worker;
GRANT SELECT ON "scripts"."RebuildProgress", "scripts"."ScriptVersionRebuild" TO script_operator;
GRANT SELECT, DELETE ON "scripts"."ScriptVersionRebuild" TO script_worker;
GRANT INSERT ("tenantId", "scriptId", "version", "rebuildId", "difference", "graphJson", "variablesDef", "streamJson",
  "fromSequence", "toSequence", "graphHash", "stateHash", "reducerVersion", "changelog", "createdById", "createdAt", "sealedAt", "builtAt") ON "scripts"."ScriptVersionRebuild" TO script_worker;
GRANT UPDATE ("switchedAt") ON "scripts"."ScriptVersionRebuild" TO script_worker;
GRANT UPDATE ("acceptedAt", "acceptedById", "reason") ON "scripts"."ScriptVersionRebuild" TO script_operator;
-- The listing follows the log too, in the transaction of each append. An operator's rebuild puts it right when it does
-- not: neither the API nor the worker may write it.
GRANT UPDATE ("name", "slug", "description", "status", "labels", "intents", "languageCodes", "embeddingKey",
  "createdById", "createdAt", "updatedById", "updatedAt") ON "scripts"."Script" TO script_operator;
