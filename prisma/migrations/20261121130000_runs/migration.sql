-- Runs: one walk through one sealed version, its variables and its log.
--
--   1. Tables, enums, indexes, foreign keys
--   2. Checks, partial indexes
--   3. Refusals
--   4. Grants
--
-- Refusals of runs carry SQLSTATE SC008: a finished run never changes, what a run is pinned to never changes, and
-- what happened in it is only added to.


-- 1. Tables, enums, indexes, foreign keys ---------------------------------------------------------------

-- CreateEnum
CREATE TYPE "scripts"."RunStatus" AS ENUM ('RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateTable
CREATE TABLE "scripts"."ScriptRun" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "scriptId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "status" "scripts"."RunStatus" NOT NULL DEFAULT 'RUNNING',
    "startedById" TEXT,
    "connectorType" TEXT,
    "connectorKey" TEXT,
    "subjectSchema" TEXT,
    "subjectModel" TEXT,
    "subjectId" TEXT,
    "correlationId" TEXT NOT NULL,
    "currentNodeId" TEXT,
    "state" JSONB,
    "logLength" INTEGER NOT NULL DEFAULT 0,
    "actionDueAt" TIMESTAMPTZ(3),
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "endedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ScriptRun_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateTable
CREATE TABLE "scripts"."ScriptRunLog" (
    "tenantId" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "requestId" TEXT NOT NULL,
    "actorId" TEXT NOT NULL,
    "entry" JSONB NOT NULL,
    "occurredAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ScriptRunLog_pkey" PRIMARY KEY ("tenantId","runId","ordinal")
);

-- CreateTable
CREATE TABLE "scripts"."RunVariable" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "strVal" TEXT,
    "numVal" DOUBLE PRECISION,
    "boolVal" BOOLEAN,
    "jsonVal" JSONB,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "RunVariable_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateIndex
CREATE INDEX "ScriptRun_tenantId_scriptId_startedAt_idx" ON "scripts"."ScriptRun"("tenantId", "scriptId", "startedAt");

-- CreateIndex
CREATE INDEX "ScriptRun_tenantId_status_startedAt_idx" ON "scripts"."ScriptRun"("tenantId", "status", "startedAt");

-- CreateIndex
CREATE INDEX "ScriptRun_tenantId_startedAt_id_idx" ON "scripts"."ScriptRun"("tenantId", "startedAt", "id");

-- CreateIndex
CREATE INDEX "ScriptRunLog_tenantId_runId_requestId_idx" ON "scripts"."ScriptRunLog"("tenantId", "runId", "requestId");

-- CreateIndex
CREATE UNIQUE INDEX "RunVariable_tenantId_runId_key_key" ON "scripts"."RunVariable"("tenantId", "runId", "key");

-- AddForeignKey
ALTER TABLE "scripts"."ScriptRun" ADD CONSTRAINT "ScriptRun_tenantId_scriptId_fkey" FOREIGN KEY ("tenantId", "scriptId") REFERENCES "scripts"."Script"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "scripts"."ScriptRun" ADD CONSTRAINT "ScriptRun_tenantId_scriptId_version_fkey" FOREIGN KEY ("tenantId", "scriptId", "version") REFERENCES "scripts"."ScriptVersion"("tenantId", "scriptId", "version") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "scripts"."ScriptRunLog" ADD CONSTRAINT "ScriptRunLog_tenantId_runId_fkey" FOREIGN KEY ("tenantId", "runId") REFERENCES "scripts"."ScriptRun"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "scripts"."RunVariable" ADD CONSTRAINT "RunVariable_tenantId_runId_fkey" FOREIGN KEY ("tenantId", "runId") REFERENCES "scripts"."ScriptRun"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;


-- 2. Checks, partial indexes ----------------------------------------------------------------------------

ALTER TABLE "scripts"."ScriptRun"
  ADD CONSTRAINT "ScriptRun_ended_when_final" CHECK (("status" = 'RUNNING') = ("endedAt" IS NULL)),
  ADD CONSTRAINT "ScriptRun_waits_while_running" CHECK ("actionDueAt" IS NULL OR "status" = 'RUNNING'),
  ADD CONSTRAINT "ScriptRun_state_is_object" CHECK (jsonb_typeof("state") = 'object'),
  ADD CONSTRAINT "ScriptRun_logLength_not_negative" CHECK ("logLength" >= 0);
ALTER TABLE "scripts"."ScriptRunLog"
  ADD CONSTRAINT "ScriptRunLog_ordinal_starts_at_1" CHECK ("ordinal" >= 1),
  ADD CONSTRAINT "ScriptRunLog_entry_is_object" CHECK (jsonb_typeof("entry") = 'object');
ALTER TABLE "scripts"."RunVariable"
  ADD CONSTRAINT "RunVariable_one_value" CHECK (num_nonnulls("strVal", "numVal", "boolVal", "jsonVal") = 1);

-- Who looks for overdue actions finds them without reading the runs that wait for none.
CREATE INDEX "ScriptRun_actionDueAt" ON "scripts"."ScriptRun" ("actionDueAt") WHERE "actionDueAt" IS NOT NULL;


-- 3. Refusals -------------------------------------------------------------------------------------------

-- A run that is not RUNNING stays as it is, and what it is pinned to stays from the start.
CREATE FUNCTION "scripts"."refuse_change_of_run"() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'SC008',
    MESSAGE = format('%s of run %s of tenant %s refused: %s', TG_OP, OLD."id", OLD."tenantId",
      CASE WHEN OLD."status" = 'RUNNING' THEN 'its script, version, correlation id and start never change.'
        ELSE format('it is %s since %s.', OLD."status", OLD."endedAt") END),
    HINT = 'Start another run.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME;
END
$$;
CREATE TRIGGER "ScriptRun_finished_stays" BEFORE UPDATE ON "scripts"."ScriptRun"
  FOR EACH ROW WHEN (OLD."status" <> 'RUNNING') EXECUTE FUNCTION "scripts"."refuse_change_of_run"();
CREATE TRIGGER "ScriptRun_finished_not_deleted" BEFORE DELETE ON "scripts"."ScriptRun"
  FOR EACH ROW WHEN (OLD."status" <> 'RUNNING') EXECUTE FUNCTION "scripts"."refuse_change_of_run"();
CREATE TRIGGER "ScriptRun_pin_stays" BEFORE UPDATE ON "scripts"."ScriptRun"
  FOR EACH ROW
  WHEN ((OLD."tenantId", OLD."id", OLD."scriptId", OLD."version", OLD."correlationId", OLD."startedAt")
    IS DISTINCT FROM (NEW."tenantId", NEW."id", NEW."scriptId", NEW."version", NEW."correlationId", NEW."startedAt"))
  EXECUTE FUNCTION "scripts"."refuse_change_of_run"();
CREATE TRIGGER "ScriptRun_no_truncate" BEFORE TRUNCATE ON "scripts"."ScriptRun"
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC008', 'finished runs never change.', 'Start another run.');
ALTER TABLE "scripts"."ScriptRun" ENABLE ALWAYS TRIGGER "ScriptRun_finished_stays";
ALTER TABLE "scripts"."ScriptRun" ENABLE ALWAYS TRIGGER "ScriptRun_finished_not_deleted";
ALTER TABLE "scripts"."ScriptRun" ENABLE ALWAYS TRIGGER "ScriptRun_pin_stays";
ALTER TABLE "scripts"."ScriptRun" ENABLE ALWAYS TRIGGER "ScriptRun_no_truncate";

-- A run is pinned to what never changes again. Sealed is for good, so looking once is enough.
CREATE FUNCTION "scripts"."check_run_is_pinned"() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM "scripts"."ScriptVersion" AS version
    WHERE version."tenantId" = NEW."tenantId" AND version."scriptId" = NEW."scriptId"
      AND version."version" = NEW."version" AND version."sealedAt" IS NOT NULL)
  THEN
    RAISE EXCEPTION USING
      ERRCODE = 'SC008',
      MESSAGE = format('Run %s of tenant %s cannot start: script %s has no sealed version %s.',
        NEW."id", NEW."tenantId", NEW."scriptId", NEW."version"),
      HINT = 'Seal the version first, or name one that is sealed.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "ScriptRun_starts_pinned" BEFORE INSERT ON "scripts"."ScriptRun"
  FOR EACH ROW EXECUTE FUNCTION "scripts"."check_run_is_pinned"();

CREATE TRIGGER "ScriptRunLog_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "scripts"."ScriptRunLog"
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC008', 'what happened in a run is only added to.', 'Add an entry, in the transaction that moves the run.');
ALTER TABLE "scripts"."ScriptRunLog" ENABLE ALWAYS TRIGGER "ScriptRunLog_append_only";

-- A finished run's variables stay as well, but for the transaction that finishes it, or that brings in a finished one
-- from elsewhere: the row that it has written says so by its xmin.
CREATE FUNCTION "scripts"."check_run_takes_variables"() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  -- OLD is null on INSERT, NEW on DELETE.
  affected "scripts"."RunVariable" := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
  found_status "scripts"."RunStatus";
BEGIN
  SELECT run."status" INTO found_status
  FROM "scripts"."ScriptRun" AS run
  WHERE run."tenantId" = affected."tenantId" AND run."id" = affected."runId"
    AND run."status" <> 'RUNNING' AND run.xmin <> pg_current_xact_id()::xid;
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'SC008',
      MESSAGE = format('%s of variable %s of run %s of tenant %s refused: the run is %s.',
        TG_OP, affected."key", affected."runId", affected."tenantId", found_status),
      HINT = 'Start another run.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME;
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER "RunVariable_of_running" BEFORE INSERT OR UPDATE OR DELETE ON "scripts"."RunVariable"
  FOR EACH ROW EXECUTE FUNCTION "scripts"."check_run_takes_variables"();
ALTER TABLE "scripts"."RunVariable" ENABLE ALWAYS TRIGGER "RunVariable_of_running";


-- 4. Grants ---------------------------------------------------------------------------------------------

-- Actions are completed by the worker, so it moves runs as the API does.
GRANT SELECT, INSERT ON "scripts"."ScriptRun" TO script_api, script_worker;
GRANT UPDATE ("status", "currentNodeId", "state", "logLength", "actionDueAt", "updatedAt", "endedAt")
  ON "scripts"."ScriptRun" TO script_api, script_worker;
GRANT SELECT, INSERT ON "scripts"."ScriptRunLog" TO script_api, script_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON "scripts"."RunVariable" TO script_api, script_worker;
REVOKE EXECUTE ON FUNCTION "scripts"."refuse_change_of_run"(), "scripts"."check_run_is_pinned"(),
  "scripts"."check_run_takes_variables"() FROM PUBLIC;
