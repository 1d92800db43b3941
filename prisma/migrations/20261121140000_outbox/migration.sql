-- Generic commands that wait for a handler.
--
-- Refusals carry a SQLSTATE of class SC, as those of the first migration do:
--   SC009  a command's envelope never changes, its status makes legal moves only, and it stays

-- CreateEnum
CREATE TYPE "scripts"."OutboxStatus" AS ENUM ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED');

-- CreateTable
CREATE TABLE "scripts"."CommandOutbox" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "command" TEXT NOT NULL,
    "correlationId" TEXT NOT NULL,
    "causationId" TEXT,
    "traceparent" TEXT,
    "actorJson" JSONB NOT NULL,
    "contextJson" JSONB NOT NULL,
    "payloadJson" JSONB NOT NULL,
    "actorType" "scripts"."ActorType" NOT NULL,
    "actorId" TEXT NOT NULL,
    "onBehalfOf" TEXT,
    "actorRole" TEXT NOT NULL,
    "runId" TEXT,
    "runNodeId" TEXT,
    "runDispatch" INTEGER,
    "status" "scripts"."OutboxStatus" NOT NULL DEFAULT 'PENDING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "maxAttempts" INTEGER NOT NULL,
    "errorJson" JSONB,
    "resultJson" JSONB,
    "dueAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "completedAt" TIMESTAMPTZ(3),

    CONSTRAINT "CommandOutbox_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateTable
CREATE TABLE "scripts"."TenantSettings" (
    "tenantId" TEXT NOT NULL,
    "jitterMin" INTEGER NOT NULL DEFAULT 1000,
    "jitterMax" INTEGER NOT NULL DEFAULT 2000,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "TenantSettings_pkey" PRIMARY KEY ("tenantId")
);

-- CreateIndex
CREATE INDEX "CommandOutbox_tenantId_correlationId_idx" ON "scripts"."CommandOutbox"("tenantId", "correlationId");

-- CreateIndex
CREATE INDEX "CommandOutbox_tenantId_status_createdAt_idx" ON "scripts"."CommandOutbox"("tenantId", "status", "createdAt");

-- What the sweeper looks through: few rows, however many are settled.
CREATE INDEX "CommandOutbox_unsettled" ON "scripts"."CommandOutbox" ("tenantId", "id") WHERE "status" IN ('PENDING', 'PROCESSING');

-- Checks ------------------------------------------------------------------------------------------------

-- A caller's correlation id names one command; the actions of a run share the run's.
CREATE UNIQUE INDEX "CommandOutbox_one_of_caller" ON "scripts"."CommandOutbox" ("tenantId", "correlationId") WHERE "runId" IS NULL;
CREATE UNIQUE INDEX "CommandOutbox_one_per_dispatch" ON "scripts"."CommandOutbox" ("tenantId", "runId", "runDispatch") WHERE "runId" IS NOT NULL;
ALTER TABLE "scripts"."CommandOutbox"
  ADD CONSTRAINT "CommandOutbox_run_or_not" CHECK (num_nonnulls("runId", "runNodeId", "runDispatch") IN (0, 3)),
  ADD CONSTRAINT "CommandOutbox_completed_when_settled" CHECK (("status" IN ('COMPLETED', 'FAILED')) = ("completedAt" IS NOT NULL)),
  ADD CONSTRAINT "CommandOutbox_attempts_not_negative" CHECK ("attempts" >= 0),
  ADD CONSTRAINT "CommandOutbox_attempts_in_limit" CHECK ("attempts" <= "maxAttempts"),
  ADD CONSTRAINT "CommandOutbox_json_shapes" CHECK (
    jsonb_typeof("actorJson") = 'object' AND jsonb_typeof("contextJson") = 'object'
    AND jsonb_typeof(coalesce("errorJson", '{}')) = 'object' AND jsonb_typeof(coalesce("resultJson", '{}')) = 'object');
ALTER TABLE "scripts"."TenantSettings"
  ADD CONSTRAINT "TenantSettings_jitter_in_range" CHECK ("jitterMin" >= 0 AND "jitterMax" BETWEEN "jitterMin" AND 600000);

-- Refusals ----------------------------------------------------------------------------------------------
--
--   PENDING -> PROCESSING              an attempt begins: attempts + 1
--   PROCESSING -> PROCESSING           another attempt takes over, or the same one waits
--   PROCESSING -> PENDING              the attempt failed; another will follow
--   PROCESSING -> COMPLETED | FAILED
--   FAILED -> PENDING                  a redrive, with more attempts allowed
--
-- attempts is the fence between attempts: it only grows, by one, and only when an attempt begins.
CREATE FUNCTION "scripts"."check_command_moves"() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  broken text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW."status" <> 'PENDING' OR NEW."attempts" <> 0 OR num_nonnulls(NEW."errorJson", NEW."resultJson") > 0 THEN
      broken := 'it begins as PENDING, with no attempt, result or error';
    END IF;
  ELSE
    IF (OLD."tenantId", OLD."id", OLD."command", OLD."correlationId", OLD."actorJson", OLD."contextJson", OLD."payloadJson",
        OLD."actorType", OLD."actorId", OLD."actorRole", OLD."createdAt")
      IS DISTINCT FROM
       (NEW."tenantId", NEW."id", NEW."command", NEW."correlationId", NEW."actorJson", NEW."contextJson", NEW."payloadJson",
        NEW."actorType", NEW."actorId", NEW."actorRole", NEW."createdAt")
      OR (OLD."causationId", OLD."traceparent", OLD."onBehalfOf", OLD."runId", OLD."runNodeId", OLD."runDispatch")
      IS DISTINCT FROM
       (NEW."causationId", NEW."traceparent", NEW."onBehalfOf", NEW."runId", NEW."runNodeId", NEW."runDispatch") THEN
      broken := 'what the caller sent never changes';
    ELSIF NOT (
      (OLD."status" = 'PENDING' AND NEW."status" = 'PROCESSING')
      OR OLD."status" = 'PROCESSING'
      OR (OLD."status" = 'FAILED' AND NEW."status" = 'PENDING' AND NEW."maxAttempts" > OLD."maxAttempts")) THEN
      broken := format('it cannot go from %s to %s', OLD."status", NEW."status");
    ELSIF NEW."maxAttempts" < OLD."maxAttempts" OR NOT (
      (NEW."status" = 'PROCESSING' AND NEW."attempts" = OLD."attempts" + 1)
      OR ((NEW."status" <> 'PROCESSING' OR OLD."status" = 'PROCESSING') AND NEW."attempts" = OLD."attempts")) THEN
      broken := format('attempts cannot go from %s of %s to %s of %s',
        OLD."attempts", OLD."maxAttempts", NEW."attempts", NEW."maxAttempts");
    ELSIF current_user IN ('script_api', 'script_operator') AND OLD."status" <> 'FAILED' THEN
      broken := format('role %s only sends back what has failed', current_user);
    END IF;
  END IF;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = 'SC009',
      MESSAGE = format('Command %s of tenant %s: %s.', NEW."id", NEW."tenantId", broken),
      HINT = 'Send a new command, or redrive one that has failed.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "CommandOutbox_legal_moves" BEFORE INSERT OR UPDATE ON "scripts"."CommandOutbox"
  FOR EACH ROW EXECUTE FUNCTION "scripts"."check_command_moves"();
ALTER TABLE "scripts"."CommandOutbox" ENABLE ALWAYS TRIGGER "CommandOutbox_legal_moves";

CREATE TRIGGER "CommandOutbox_stays" BEFORE DELETE OR TRUNCATE ON "scripts"."CommandOutbox"
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC009', 'what was sent, and what became of it, stays.', 'Settled commands cost nothing but their place; leave them.');
ALTER TABLE "scripts"."CommandOutbox" ENABLE ALWAYS TRIGGER "CommandOutbox_stays";

-- Grants ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT ON "scripts"."CommandOutbox" TO script_api, script_worker;
GRANT UPDATE ("status", "attempts", "maxAttempts", "errorJson", "resultJson", "dueAt", "updatedAt", "completedAt")
  ON "scripts"."CommandOutbox" TO script_worker;
-- A redrive, and nothing else: the trigger sees to it.
GRANT UPDATE ("status", "maxAttempts", "dueAt", "updatedAt", "completedAt") ON "scripts"."CommandOutbox" TO script_api;
GRANT SELECT ON "scripts"."TenantSettings" TO script_api, script_worker;

-- Scripts.* commands go through the same door as every edit.
GRANT EXECUTE ON FUNCTION "scripts"."append_commands"(jsonb) TO script_worker;
