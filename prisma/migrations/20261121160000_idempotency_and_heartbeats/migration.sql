-- Answers kept for requests that are sent again, and signs of life of processes.

-- CreateTable
CREATE TABLE "scripts"."IdempotencyKey" (
    "tenantId" TEXT NOT NULL,
    "principal" TEXT NOT NULL,
    "route" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "fingerprint" CHAR(64) NOT NULL,
    "effectId" TEXT NOT NULL,
    "status" INTEGER,
    "headersJson" JSONB,
    "body" TEXT,
    "lockedUntil" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "completedAt" TIMESTAMPTZ(3),
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("tenantId","principal","route","key")
);

-- CreateTable
CREATE TABLE "scripts"."ProcessHeartbeat" (
    "id" TEXT NOT NULL,
    "part" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "beatAt" TIMESTAMPTZ(3) NOT NULL,
    "figures" JSONB NOT NULL,

    CONSTRAINT "ProcessHeartbeat_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "IdempotencyKey_expiresAt_idx" ON "scripts"."IdempotencyKey"("expiresAt");

-- CreateIndex
CREATE INDEX "ProcessHeartbeat_part_beatAt_idx" ON "scripts"."ProcessHeartbeat"("part", "beatAt");

-- Checks ------------------------------------------------------------------------------------------------

ALTER TABLE "scripts"."IdempotencyKey"
  ADD CONSTRAINT "IdempotencyKey_answered_whole" CHECK (num_nonnulls("status", "headersJson", "completedAt") IN (0, 3)),
  ADD CONSTRAINT "IdempotencyKey_body_is_bounded" CHECK (octet_length("body") <= 1048576);

-- Grants ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT, UPDATE, DELETE ON "scripts"."IdempotencyKey" TO script_api;
GRANT SELECT, DELETE ON "scripts"."IdempotencyKey" TO script_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON "scripts"."ProcessHeartbeat" TO script_api, script_worker;
