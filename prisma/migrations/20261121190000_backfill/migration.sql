-- The bookkeeping of moves of legacy data: how far each is, what became of every row, and who did what.

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "backfill";

-- CreateEnum
CREATE TYPE "backfill"."BackfillPhase" AS ENUM ('EXPAND', 'FREEZE', 'BACKFILL', 'VERIFY', 'DUAL_READ', 'CUTOVER', 'SOAK', 'CONTRACT');

-- CreateEnum
CREATE TYPE "backfill"."BackfillStatus" AS ENUM ('IDLE', 'RUNNING', 'PAUSED', 'CANCELED');

-- CreateEnum
CREATE TYPE "backfill"."QuarantineStatus" AS ENUM ('OPEN', 'WAIVED', 'RESOLVED');

-- CreateEnum
CREATE TYPE "backfill"."BackfillSide" AS ENUM ('LEGACY', 'CANONICAL');

-- CreateTable
CREATE TABLE "backfill"."Backfill" (
    "name" TEXT NOT NULL,
    "phase" "backfill"."BackfillPhase" NOT NULL DEFAULT 'EXPAND',
    "status" "backfill"."BackfillStatus" NOT NULL DEFAULT 'IDLE',
    "quarantineBudget" INTEGER NOT NULL DEFAULT 0,
    "restMs" INTEGER NOT NULL DEFAULT 0,
    "maxScriptsBehind" INTEGER NOT NULL DEFAULT 500,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "options" JSONB NOT NULL DEFAULT '{}',
    "frozenAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Backfill_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillUnit" (
    "backfill" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "cursor" JSONB,
    "upperBound" JSONB,
    "batchSize" INTEGER NOT NULL,
    "rowsRead" INTEGER NOT NULL DEFAULT 0,
    "rowsWritten" INTEGER NOT NULL DEFAULT 0,
    "rowsUnchanged" INTEGER NOT NULL DEFAULT 0,
    "rowsQuarantined" INTEGER NOT NULL DEFAULT 0,
    "finishedAt" TIMESTAMPTZ(3),
    "verifyCursor" JSONB,
    "verifiedRows" INTEGER NOT NULL DEFAULT 0,
    "differingRows" INTEGER NOT NULL DEFAULT 0,
    "verifiedAt" TIMESTAMPTZ(3),
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillUnit_pkey" PRIMARY KEY ("backfill","unit")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillIdMap" (
    "backfill" TEXT NOT NULL,
    "legacyTable" TEXT NOT NULL,
    "legacyId" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "newId" TEXT NOT NULL,
    "sourceHash" CHAR(64) NOT NULL,
    "factsJson" JSONB,
    "generation" INTEGER NOT NULL,
    "takenBackAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillIdMap_pkey" PRIMARY KEY ("backfill","legacyTable","legacyId","kind")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillQuarantine" (
    "backfill" TEXT NOT NULL,
    "legacyTable" TEXT NOT NULL,
    "legacyId" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "unitKey" JSONB NOT NULL,
    "message" TEXT NOT NULL,
    "status" "backfill"."QuarantineStatus" NOT NULL DEFAULT 'OPEN',
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "generation" INTEGER NOT NULL DEFAULT 0,
    "waivedBy" TEXT,
    "waiverNote" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillQuarantine_pkey" PRIMARY KEY ("backfill","legacyTable","legacyId","code")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillFinding" (
    "backfill" TEXT NOT NULL,
    "legacyTable" TEXT NOT NULL,
    "legacyId" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillFinding_pkey" PRIMARY KEY ("backfill","legacyTable","legacyId","code")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillLedger" (
    "id" TEXT NOT NULL,
    "backfill" TEXT NOT NULL,
    "verb" TEXT NOT NULL,
    "operator" TEXT NOT NULL,
    "phase" "backfill"."BackfillPhase" NOT NULL,
    "details" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillLedger_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillCheck" (
    "backfill" TEXT NOT NULL,
    "invariant" TEXT NOT NULL,
    "violations" INTEGER NOT NULL,
    "examples" JSONB NOT NULL,
    "checkedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillCheck_pkey" PRIMARY KEY ("backfill","invariant")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillSwitch" (
    "backfill" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "reads" "backfill"."BackfillSide" NOT NULL DEFAULT 'LEGACY',
    "writes" "backfill"."BackfillSide" NOT NULL DEFAULT 'LEGACY',
    "dualShare" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "sharedAt" TIMESTAMPTZ(3),
    "minCompared" INTEGER NOT NULL DEFAULT 100,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillSwitch_pkey" PRIMARY KEY ("backfill","tenantId")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillComparison" (
    "backfill" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "reads" INTEGER NOT NULL,
    "comparedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillComparison_pkey" PRIMARY KEY ("backfill","tenantId","operation","subject")
);

-- CreateTable
CREATE TABLE "backfill"."BackfillDifference" (
    "id" TEXT NOT NULL,
    "backfill" TEXT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "diffJson" JSONB NOT NULL,
    "isIgnored" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "BackfillDifference_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "BackfillIdMap_backfill_tenantId_kind_newId_idx" ON "backfill"."BackfillIdMap"("backfill", "tenantId", "kind", "newId");

-- The legacy routes find a moved script by its legacy key.
CREATE INDEX "BackfillIdMap_legacyKey_idx" ON "backfill"."BackfillIdMap"("backfill", "tenantId", ("factsJson" #>> '{row,key}'))
  WHERE "kind" = 'script';

-- CreateIndex
CREATE INDEX "BackfillQuarantine_backfill_status_code_idx" ON "backfill"."BackfillQuarantine"("backfill", "status", "code");

-- CreateIndex
CREATE INDEX "BackfillLedger_backfill_createdAt_idx" ON "backfill"."BackfillLedger"("backfill", "createdAt");

-- CreateIndex
CREATE INDEX "BackfillDifference_backfill_isIgnored_createdAt_idx" ON "backfill"."BackfillDifference"("backfill", "isIgnored", "createdAt");

-- AddForeignKey
ALTER TABLE "backfill"."BackfillUnit" ADD CONSTRAINT "BackfillUnit_backfill_fkey" FOREIGN KEY ("backfill") REFERENCES "backfill"."Backfill"("name") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "backfill"."BackfillSwitch" ADD CONSTRAINT "BackfillSwitch_backfill_fkey" FOREIGN KEY ("backfill") REFERENCES "backfill"."Backfill"("name") ON DELETE NO ACTION ON UPDATE NO ACTION;


-- CreateIndex
CREATE INDEX "BackfillFinding_backfill_code_idx" ON "backfill"."BackfillFinding"("backfill", "code");

-- Checks and refusals -----------------------------------------------------------------------------------

ALTER TABLE "backfill"."Backfill"
  ADD CONSTRAINT "Backfill_limits_in_range" CHECK ("quarantineBudget" >= 0 AND "restMs" >= 0 AND "maxScriptsBehind" >= 0);
ALTER TABLE "backfill"."BackfillUnit"
  ADD CONSTRAINT "BackfillUnit_batchSize_starts_at_1" CHECK ("batchSize" >= 1);
ALTER TABLE "backfill"."BackfillSwitch"
  ADD CONSTRAINT "BackfillSwitch_dualShare_is_share" CHECK ("dualShare" BETWEEN 0 AND 1);
ALTER TABLE "backfill"."BackfillSwitch"
  ADD CONSTRAINT "BackfillSwitch_minCompared_starts_at_1" CHECK ("minCompared" >= 1);
ALTER TABLE "backfill"."BackfillQuarantine"
  ADD CONSTRAINT "BackfillQuarantine_waiver_is_signed" CHECK ("status" <> 'WAIVED' OR ("waivedBy" IS NOT NULL AND "waiverNote" IS NOT NULL));

CREATE TRIGGER "BackfillLedger_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "backfill"."BackfillLedger"
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC001', 'the ledger is history and is only added to.', 'Do what puts it right; that is written down too.');
ALTER TABLE "backfill"."BackfillLedger" ENABLE ALWAYS TRIGGER "BackfillLedger_append_only";

-- Grants ------------------------------------------------------------------------------------------------

-- Batches run in a worker process or from an operator's terminal, as script_worker both times. The API looks up
-- from where a tenant is served, counts the reads it compared, and keeps the differences it saw.
GRANT USAGE ON SCHEMA "backfill" TO script_api, script_worker, script_operator;
GRANT SELECT ON ALL TABLES IN SCHEMA "backfill" TO script_api, script_worker, script_operator;
GRANT INSERT, UPDATE, DELETE ON "backfill"."BackfillFinding" TO script_worker;
GRANT INSERT, UPDATE ON "backfill"."Backfill", "backfill"."BackfillUnit", "backfill"."BackfillQuarantine",
  "backfill"."BackfillCheck", "backfill"."BackfillSwitch", "backfill"."BackfillIdMap" TO script_worker;
GRANT INSERT ON "backfill"."BackfillLedger" TO script_worker, script_operator;
GRANT INSERT ON "backfill"."BackfillDifference" TO script_api, script_worker;
GRANT INSERT, UPDATE ON "backfill"."BackfillComparison" TO script_api;
GRANT DELETE ON "backfill"."BackfillComparison" TO script_worker;

-- Walls between tenants ---------------------------------------------------------------------------------

ALTER TABLE "backfill"."BackfillIdMap" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "BackfillIdMap_tenant" ON "backfill"."BackfillIdMap" FOR SELECT TO script_api
  USING ("tenantId" = current_setting('app.tenant_id', true));
CREATE POLICY "BackfillIdMap_service" ON "backfill"."BackfillIdMap" TO script_worker, script_operator
  USING (true) WITH CHECK (true);
ALTER TABLE "backfill"."BackfillDifference" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "BackfillDifference_tenant" ON "backfill"."BackfillDifference" TO script_api
  USING ("tenantId" = current_setting('app.tenant_id', true))
  WITH CHECK ("tenantId" = current_setting('app.tenant_id', true));
CREATE POLICY "BackfillDifference_service" ON "backfill"."BackfillDifference" TO script_worker, script_operator
  USING (true) WITH CHECK (true);
ALTER TABLE "backfill"."BackfillComparison" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY "BackfillComparison_tenant" ON "backfill"."BackfillComparison" TO script_api
  USING ("tenantId" = current_setting('app.tenant_id', true))
  WITH CHECK ("tenantId" = current_setting('app.tenant_id', true));
CREATE POLICY "BackfillComparison_service" ON "backfill"."BackfillComparison" TO script_worker, script_operator
  USING (true) WITH CHECK (true);
