-- The legacy schema, as its service had it: for tests, the demo and the tour. Where legacy data exists, so do
-- these tables, and this is not run.
--
-- No foreign keys: the service's ORM kept relations by itself (Prisma's relationMode = "prisma"), which is how
-- edges came to nodes that are not there and nodes to versions that are not there. Types are those that the ORM
-- makes: times are timestamp(3) without a zone, in UTC. Json columns are jsonb but for ScriptNode.config and
-- ScriptAnswer.value, which are json (@db.Json): they hold whatever text a client sent, with \u0000, halves of
-- surrogate pairs and repeated keys.

CREATE SCHEMA IF NOT EXISTS "guidance";

CREATE TYPE "guidance"."ScriptNodeType" AS ENUM ('START', 'MESSAGE', 'QUESTION', 'CHOICE', 'CONDITION', 'ACTION', 'END');

CREATE TABLE "guidance"."Script" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT,
    "key" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "description" TEXT,
    "tags" TEXT[],
    "latestVersion" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Script_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "guidance"."ScriptVersion" (
    "id" TEXT NOT NULL,
    "scriptId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'DRAFT',
    "entryNodeId" TEXT,
    "notes" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "publishedAt" TIMESTAMP(3),

    CONSTRAINT "ScriptVersion_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "guidance"."ScriptNode" (
    "id" TEXT NOT NULL,
    "scriptVersionId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" "guidance"."ScriptNodeType" NOT NULL,
    "title" TEXT,
    "prompt" TEXT,
    "uiSchema" JSONB,
    "config" JSON,
    "orderIndex" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ScriptNode_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "guidance"."ScriptEdge" (
    "id" TEXT NOT NULL,
    "scriptVersionId" TEXT NOT NULL,
    "fromNodeId" TEXT NOT NULL,
    "toNodeId" TEXT NOT NULL,
    "condition" JSONB,

    CONSTRAINT "ScriptEdge_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "guidance"."ScriptVariable" (
    "id" TEXT NOT NULL,
    "scriptVersionId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "enumValues" TEXT[],
    "defaultVal" TEXT,
    "required" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "ScriptVariable_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "guidance"."ScriptRun" (
    "id" TEXT NOT NULL,
    "tenantId" TEXT,
    "scriptId" TEXT NOT NULL,
    "scriptVersion" INTEGER NOT NULL,
    "subjectSchema" TEXT,
    "subjectModel" TEXT,
    "subjectId" TEXT,
    "startedByUserId" TEXT,
    "startedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completedAt" TIMESTAMP(3),
    "state" JSONB,

    CONSTRAINT "ScriptRun_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "guidance"."ScriptAnswer" (
    "id" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "nodeKey" TEXT NOT NULL,
    "value" JSON NOT NULL,
    "answeredAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ScriptAnswer_pkey" PRIMARY KEY ("id")
);

-- A unique index takes any number of rows without a tenant: their keys repeat.
CREATE UNIQUE INDEX "Script_tenantId_key_key" ON "guidance"."Script"("tenantId", "key");
CREATE INDEX "Script_tenantId_idx" ON "guidance"."Script"("tenantId");
CREATE UNIQUE INDEX "ScriptVersion_scriptId_version_key" ON "guidance"."ScriptVersion"("scriptId", "version");
CREATE INDEX "ScriptVersion_status_idx" ON "guidance"."ScriptVersion"("status");
CREATE UNIQUE INDEX "ScriptNode_scriptVersionId_key_key" ON "guidance"."ScriptNode"("scriptVersionId", "key");
CREATE INDEX "ScriptNode_scriptVersionId_orderIndex_idx" ON "guidance"."ScriptNode"("scriptVersionId", "orderIndex");
CREATE INDEX "ScriptEdge_scriptVersionId_idx" ON "guidance"."ScriptEdge"("scriptVersionId");
CREATE INDEX "ScriptEdge_fromNodeId_idx" ON "guidance"."ScriptEdge"("fromNodeId");
CREATE INDEX "ScriptEdge_toNodeId_idx" ON "guidance"."ScriptEdge"("toNodeId");
CREATE UNIQUE INDEX "ScriptVariable_scriptVersionId_key_key" ON "guidance"."ScriptVariable"("scriptVersionId", "key");
CREATE INDEX "ScriptRun_tenantId_scriptId_scriptVersion_idx" ON "guidance"."ScriptRun"("tenantId", "scriptId", "scriptVersion");
CREATE INDEX "ScriptRun_subjectSchema_subjectModel_subjectId_idx" ON "guidance"."ScriptRun"("subjectSchema", "subjectModel", "subjectId");
CREATE INDEX "ScriptAnswer_runId_answeredAt_idx" ON "guidance"."ScriptAnswer"("runId", "answeredAt");
