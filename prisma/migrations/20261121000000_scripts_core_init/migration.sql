-- The core of the script log: the tables of prisma/schema, and beside them what Prisma cannot say.
--
--   1. Tables, enums, indexes, foreign keys   (the schema engine's own diff from empty to prisma/schema)
--   2. Storage, checks, partial indexes
--   3. Refusals: triggers that hold the write rules against every role, the owner included
--   4. Roles
--   5. scripts.append_commands, the one door to the log
--   6. Grants
--
-- Refusals carry a SQLSTATE of class SC, so that nobody has to read messages:
--   SC001  the log and the audit log are never changed, only added to
--   SC002  commands that do not continue their script's log up to its head
--   SC003  a sealed version never changes, except isPublished
--   SC004  a version whose range does not continue the previous version's
--   SC005  versions and audit rows are written by role script_worker only
--   SC006  a stream's head never goes back
--   SC007  a script's active version is a sealed one


-- 1. Tables, enums, indexes, foreign keys ---------------------------------------------------------------

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "scripts";

-- CreateEnum
CREATE TYPE "scripts"."ActorType" AS ENUM ('USER', 'AI_AGENT', 'SYSTEM', 'BACKFILL');

-- CreateEnum
CREATE TYPE "scripts"."ScriptStatus" AS ENUM ('DRAFT', 'PUBLISHED', 'ARCHIVED');

-- CreateEnum
CREATE TYPE "scripts"."ChangeAction" AS ENUM ('CREATE', 'UPDATE', 'PUBLISH', 'ARCHIVE', 'ROLLBACK');

-- CreateTable
CREATE TABLE "scripts"."ScriptStream" (
    "tenantId" TEXT NOT NULL,
    "scriptId" TEXT NOT NULL,
    "headSequence" INTEGER NOT NULL,
    "materializedSequence" INTEGER NOT NULL DEFAULT 0,
    "chainHash" CHAR(64) NOT NULL,
    "materializeFailure" JSONB,

    CONSTRAINT "ScriptStream_pkey" PRIMARY KEY ("tenantId","scriptId")
);

-- CreateTable
CREATE TABLE "scripts"."ScriptCommand" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "scriptId" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "commandId" TEXT NOT NULL,
    "batchId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "typeVersion" INTEGER NOT NULL,
    "payload" JSONB NOT NULL,
    "facts" JSONB NOT NULL,
    "patch" JSONB NOT NULL,
    "inversePatch" JSONB NOT NULL,
    "actorType" "scripts"."ActorType" NOT NULL,
    "actorId" TEXT NOT NULL,
    "onBehalfOf" TEXT,
    "correlationId" TEXT NOT NULL,
    "causationId" TEXT,
    "note" TEXT,
    "reducerVersion" INTEGER NOT NULL,
    "chainHash" CHAR(64) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ScriptCommand_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateTable
CREATE TABLE "scripts"."Script" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "slug" TEXT NOT NULL,
    "description" TEXT,
    "status" "scripts"."ScriptStatus" NOT NULL DEFAULT 'DRAFT',
    "activeVersionId" TEXT,
    "latestVersion" INTEGER NOT NULL DEFAULT 0,
    "labels" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "intents" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "languageCodes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "embeddingKey" TEXT,
    "createdById" TEXT NOT NULL,
    "updatedById" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL
);

-- CreateTable
CREATE TABLE "scripts"."ScriptVersion" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "scriptId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "graphJson" JSONB NOT NULL,
    "variablesDef" JSONB NOT NULL,
    "streamJson" JSONB NOT NULL,
    "changelog" TEXT,
    "isPublished" BOOLEAN NOT NULL DEFAULT false,
    "createdById" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "fromSequence" INTEGER NOT NULL,
    "toSequence" INTEGER NOT NULL,
    "graphHash" CHAR(64) NOT NULL,
    "stateHash" CHAR(64) NOT NULL,
    "reducerVersion" INTEGER NOT NULL,
    "sealedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ScriptVersion_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateTable
CREATE TABLE "scripts"."ScriptAuditLog" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "scriptId" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "batchId" TEXT NOT NULL,
    "actorType" "scripts"."ActorType" NOT NULL,
    "actorId" TEXT NOT NULL,
    "onBehalfOf" TEXT,
    "action" "scripts"."ChangeAction" NOT NULL,
    "diffJson" JSONB,
    "note" TEXT,
    "correlationId" TEXT NOT NULL,
    "fromSequence" INTEGER NOT NULL,
    "toSequence" INTEGER NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ScriptAuditLog_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ScriptCommand_tenantId_scriptId_commandId_key" ON "scripts"."ScriptCommand"("tenantId", "scriptId", "commandId");

-- CreateIndex
CREATE UNIQUE INDEX "ScriptCommand_tenantId_scriptId_sequence_key" ON "scripts"."ScriptCommand"("tenantId", "scriptId", "sequence");

-- CreateIndex
CREATE INDEX "Script_tenantId_status_idx" ON "scripts"."Script"("tenantId", "status");

-- CreateIndex
CREATE INDEX "Script_tenantId_createdAt_id_idx" ON "scripts"."Script"("tenantId", "createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Script_tenantId_slug_key" ON "scripts"."Script"("tenantId", "slug");

-- AddPrimaryKey
-- After the other indexes, by hand, as the index by sequence stands after the one by commandId above. Until a
-- table has statistics its indexes look equally good, and the newest is taken: it must be the right one. With
-- the order turned round, an update by primary key went through all scripts of the tenant by their slugs, and
-- each session kept that plan until the first ANALYZE.
ALTER TABLE "scripts"."Script" ADD CONSTRAINT "Script_pkey" PRIMARY KEY ("tenantId","id");

-- CreateIndex
CREATE INDEX "ScriptVersion_tenantId_scriptId_isPublished_idx" ON "scripts"."ScriptVersion"("tenantId", "scriptId", "isPublished");

-- CreateIndex
CREATE UNIQUE INDEX "ScriptVersion_tenantId_scriptId_version_key" ON "scripts"."ScriptVersion"("tenantId", "scriptId", "version");

-- CreateIndex
CREATE UNIQUE INDEX "ScriptVersion_tenantId_scriptId_id_key" ON "scripts"."ScriptVersion"("tenantId", "scriptId", "id");

-- CreateIndex
CREATE INDEX "ScriptAuditLog_tenantId_scriptId_createdAt_idx" ON "scripts"."ScriptAuditLog"("tenantId", "scriptId", "createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "ScriptAuditLog_tenantId_scriptId_batchId_key" ON "scripts"."ScriptAuditLog"("tenantId", "scriptId", "batchId");

-- AddForeignKey
ALTER TABLE "scripts"."ScriptStream" ADD CONSTRAINT "ScriptStream_tenantId_scriptId_fkey" FOREIGN KEY ("tenantId", "scriptId") REFERENCES "scripts"."Script"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "scripts"."ScriptCommand" ADD CONSTRAINT "ScriptCommand_tenantId_scriptId_fkey" FOREIGN KEY ("tenantId", "scriptId") REFERENCES "scripts"."ScriptStream"("tenantId", "scriptId") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "scripts"."Script" ADD CONSTRAINT "Script_tenantId_id_activeVersionId_fkey" FOREIGN KEY ("tenantId", "id", "activeVersionId") REFERENCES "scripts"."ScriptVersion"("tenantId", "scriptId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "scripts"."ScriptVersion" ADD CONSTRAINT "ScriptVersion_tenantId_scriptId_fkey" FOREIGN KEY ("tenantId", "scriptId") REFERENCES "scripts"."Script"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "scripts"."ScriptAuditLog" ADD CONSTRAINT "ScriptAuditLog_tenantId_scriptId_fkey" FOREIGN KEY ("tenantId", "scriptId") REFERENCES "scripts"."Script"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- 2. Storage, checks, partial indexes -------------------------------------------------------------------

-- Every append updates its stream row and its script row, and touches no indexed column. Room in the page
-- keeps those updates HOT: no index entry is written and the next reader of the page prunes the old version.
ALTER TABLE "scripts"."ScriptStream" SET (fillfactor = 50);
ALTER TABLE "scripts"."Script" SET (fillfactor = 70);
ALTER TABLE "scripts"."ScriptVersion" SET (fillfactor = 80);

-- A hash is looked through for a wrong character. The pattern ^[0-9a-f]{64}$ says the same and took a seventh of
-- the time of an append: its automaton has 64 states and is built anew for every row.
ALTER TABLE "scripts"."ScriptStream"
  ADD CONSTRAINT "ScriptStream_head_starts_at_1" CHECK ("headSequence" >= 1),
  ADD CONSTRAINT "ScriptStream_materialized_up_to_head" CHECK ("materializedSequence" BETWEEN 0 AND "headSequence"),
  ADD CONSTRAINT "ScriptStream_chainHash_is_sha256" CHECK (length("chainHash") = 64 AND "chainHash" !~ '[^0-9a-f]'),
  ADD CONSTRAINT "ScriptStream_materializeFailure_is_object" CHECK (jsonb_typeof("materializeFailure") = 'object');

ALTER TABLE "scripts"."ScriptCommand"
  -- typeVersion 0 is a shape that a command had before its first published one; it is upcast when it is read.
  ADD CONSTRAINT "ScriptCommand_numbers_in_range" CHECK ("sequence" >= 1 AND "typeVersion" >= 0 AND "reducerVersion" >= 1),
  ADD CONSTRAINT "ScriptCommand_chainHash_is_sha256" CHECK (length("chainHash") = 64 AND "chainHash" !~ '[^0-9a-f]'),
  ADD CONSTRAINT "ScriptCommand_json_shapes" CHECK (
    jsonb_typeof("payload") = 'object' AND jsonb_typeof("facts") = 'object'
    AND jsonb_typeof("patch") = 'array' AND jsonb_typeof("inversePatch") = 'array');

ALTER TABLE "scripts"."Script"
  ADD CONSTRAINT "Script_latestVersion_not_negative" CHECK ("latestVersion" >= 0);

ALTER TABLE "scripts"."ScriptVersion"
  ADD CONSTRAINT "ScriptVersion_numbers_start_at_1" CHECK ("version" >= 1 AND "fromSequence" >= 1 AND "reducerVersion" >= 1),
  ADD CONSTRAINT "ScriptVersion_range_not_empty" CHECK ("toSequence" >= "fromSequence"),
  ADD CONSTRAINT "ScriptVersion_hashes_are_sha256" CHECK (length("graphHash") = 64 AND "graphHash" !~ '[^0-9a-f]' AND length("stateHash") = 64 AND "stateHash" !~ '[^0-9a-f]'),
  ADD CONSTRAINT "ScriptVersion_published_is_sealed" CHECK (NOT "isPublished" OR "sealedAt" IS NOT NULL),
  ADD CONSTRAINT "ScriptVersion_json_shapes" CHECK (
    jsonb_typeof("graphJson") = 'object' AND jsonb_typeof("variablesDef") = 'array' AND jsonb_typeof("streamJson") = 'object');

ALTER TABLE "scripts"."ScriptAuditLog"
  ADD CONSTRAINT "ScriptAuditLog_numbers_start_at_1" CHECK ("version" >= 1 AND "fromSequence" >= 1),
  ADD CONSTRAINT "ScriptAuditLog_range_not_empty" CHECK ("toSequence" >= "fromSequence"),
  ADD CONSTRAINT "ScriptAuditLog_diffJson_is_array" CHECK (jsonb_typeof("diffJson") = 'array');

-- At most one open version and at most one published version per script.
CREATE UNIQUE INDEX "ScriptVersion_one_open" ON "scripts"."ScriptVersion" ("tenantId", "scriptId") WHERE "sealedAt" IS NULL;
CREATE UNIQUE INDEX "ScriptVersion_one_published" ON "scripts"."ScriptVersion" ("tenantId", "scriptId") WHERE "isPublished";


-- 3. Refusals -------------------------------------------------------------------------------------------

-- Says no to a whole statement. Arguments: SQLSTATE, the rule, the way out.
CREATE FUNCTION "scripts"."refuse_statement"() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = TG_ARGV[0],
    MESSAGE = format('%s on %I.%I by role %I refused: %s', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME, current_user, TG_ARGV[1]),
    HINT = TG_ARGV[2],
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME;
END
$$;

-- Statement triggers also fire when no row matches and on INSERT .. ON CONFLICT DO UPDATE. ENABLE ALWAYS:
-- else session_replication_role = replica would switch them off.
CREATE TRIGGER "ScriptCommand_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "scripts"."ScriptCommand"
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC001', 'the log is history and is only added to.', 'Append a command that puts it right, through scripts.append_commands.');
ALTER TABLE "scripts"."ScriptCommand" ENABLE ALWAYS TRIGGER "ScriptCommand_append_only";

CREATE TRIGGER "ScriptAuditLog_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "scripts"."ScriptAuditLog"
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC001', 'the audit log is only added to.', 'Submit a command; the materializer writes its audit row.');
ALTER TABLE "scripts"."ScriptAuditLog" ENABLE ALWAYS TRIGGER "ScriptAuditLog_append_only";

CREATE TRIGGER "ScriptVersion_no_truncate" BEFORE TRUNCATE ON "scripts"."ScriptVersion"
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC003', 'sealed versions never change.', 'Append a command and commit a new version.');
ALTER TABLE "scripts"."ScriptVersion" ENABLE ALWAYS TRIGGER "ScriptVersion_no_truncate";

-- Versions are derived: only the materializer writes them. A grant cannot hold this against the owner.
CREATE TRIGGER "ScriptVersion_worker_only" BEFORE INSERT OR UPDATE ON "scripts"."ScriptVersion"
  FOR EACH STATEMENT WHEN (current_user <> 'script_worker') EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC005', 'only the materializer writes versions, as role script_worker.', 'Append a command and let the materializer run.');
CREATE TRIGGER "ScriptAuditLog_worker_only" BEFORE INSERT ON "scripts"."ScriptAuditLog"
  FOR EACH STATEMENT WHEN (current_user <> 'script_worker') EXECUTE FUNCTION "scripts"."refuse_statement"(
    'SC005', 'only the materializer writes the audit log, as role script_worker.', 'Append a command and let the materializer run.');

-- What a statement inserts must continue each script's log without a gap and end at the stream's head.
-- Once per statement over all its rows: the head and the hash are compared once per script, not per row.
CREATE FUNCTION "scripts"."check_log_continues"() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  broken record;
BEGIN
  SELECT batch.*, stream."headSequence" AS head
  INTO broken
  FROM (
    SELECT "tenantId", "scriptId", min("sequence") AS first, max("sequence") AS last, count(*) AS rows,
      (array_agg("chainHash" ORDER BY "sequence" DESC))[1] AS hash
    FROM inserted
    GROUP BY "tenantId", "scriptId"
  ) AS batch
  LEFT JOIN "scripts"."ScriptStream" AS stream
    ON stream."tenantId" = batch."tenantId" AND stream."scriptId" = batch."scriptId"
  WHERE stream."headSequence" IS DISTINCT FROM batch.last
    OR batch.last - batch.first + 1 <> batch.rows
    OR stream."chainHash" <> batch.hash
    -- The last command before; asked for in this order so that the index by sequence answers, and no other.
    OR batch.first - 1 <> coalesce((
      SELECT previous."sequence"
      FROM "scripts"."ScriptCommand" AS previous
      WHERE previous."tenantId" = batch."tenantId" AND previous."scriptId" = batch."scriptId"
        AND previous."sequence" < batch.first
      ORDER BY previous."sequence" DESC
      LIMIT 1), 0)
  LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = 'SC002',
      MESSAGE = format('Script %s of tenant %s: %s command(s) with sequences %s to %s do not continue its log, whose stream ends at %s.',
        broken."scriptId", broken."tenantId", broken.rows, broken.first, broken.last, coalesce(broken.head::text, 'nothing')),
      HINT = 'Append through scripts.append_commands, which moves the head and inserts the commands together.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER "ScriptCommand_continues_log" AFTER INSERT ON "scripts"."ScriptCommand"
  REFERENCING NEW TABLE AS inserted
  FOR EACH STATEMENT EXECUTE FUNCTION "scripts"."check_log_continues"();

CREATE FUNCTION "scripts"."refuse_head_going_back"() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'SC006',
    MESSAGE = format('Script %s of tenant %s: the head cannot go back from %s to %s.',
      OLD."scriptId", OLD."tenantId", OLD."headSequence", NEW."headSequence"),
    HINT = 'The log is only added to. Append commands that put it right, or roll back to a version.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME;
END
$$;
-- WHEN is evaluated without entering PL/pgSQL, so an append does not pay for this.
CREATE TRIGGER "ScriptStream_head_goes_forward" BEFORE UPDATE ON "scripts"."ScriptStream"
  FOR EACH ROW WHEN (NEW."headSequence" < OLD."headSequence") EXECUTE FUNCTION "scripts"."refuse_head_going_back"();

-- A sealed version keeps everything but isPublished, and stays.
CREATE FUNCTION "scripts"."refuse_change_of_sealed_version"() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = 'SC003',
    MESSAGE = format('%s of version %s of script %s of tenant %s refused: it is sealed since %s.',
      TG_OP, OLD."version", OLD."scriptId", OLD."tenantId", OLD."sealedAt"),
    HINT = 'Only isPublished of a sealed version changes. Append a command and commit a new version.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME;
END
$$;
-- Compared as text and as whole rows: a column that a later migration adds is covered from its first day,
-- and 1.0 for 1 inside a document, which jsonb calls equal, is a change. Costs nothing but on a publish.
CREATE TRIGGER "ScriptVersion_sealed_stays" BEFORE UPDATE ON "scripts"."ScriptVersion"
  FOR EACH ROW
  WHEN (OLD."sealedAt" IS NOT NULL AND (to_jsonb(OLD) - 'isPublished')::text <> (to_jsonb(NEW) - 'isPublished')::text)
  EXECUTE FUNCTION "scripts"."refuse_change_of_sealed_version"();
CREATE TRIGGER "ScriptVersion_sealed_not_deleted" BEFORE DELETE ON "scripts"."ScriptVersion"
  FOR EACH ROW WHEN (OLD."sealedAt" IS NOT NULL) EXECUTE FUNCTION "scripts"."refuse_change_of_sealed_version"();
ALTER TABLE "scripts"."ScriptVersion" ENABLE ALWAYS TRIGGER "ScriptVersion_sealed_stays";
ALTER TABLE "scripts"."ScriptVersion" ENABLE ALWAYS TRIGGER "ScriptVersion_sealed_not_deleted";

-- Versions partition the log. A new one starts right after the previous one, which is sealed and so cannot
-- move any more; where a version starts never changes. Together: no gap, no overlap, and only the highest is open.
CREATE FUNCTION "scripts"."check_version_continues"() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  previous record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION USING
      ERRCODE = 'SC004',
      MESSAGE = format('Version %s of script %s of tenant %s: its id, number and start (%s) never change.',
        OLD."version", OLD."scriptId", OLD."tenantId", OLD."fromSequence"),
      HINT = 'Move toSequence of the open version forward, or seal it and insert the next one.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME;
  END IF;
  SELECT version."toSequence", version."sealedAt"
  INTO previous
  FROM "scripts"."ScriptVersion" AS version
  WHERE version."tenantId" = NEW."tenantId"
    AND version."scriptId" = NEW."scriptId"
    AND version."version" = NEW."version" - 1;
  IF NEW."version" = 1 AND NEW."fromSequence" = 1 OR previous."sealedAt" IS NOT NULL AND NEW."fromSequence" = previous."toSequence" + 1 THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING
    ERRCODE = 'SC004',
    MESSAGE = format('Version %s of script %s of tenant %s cannot start at %s: the previous version %s.',
      NEW."version", NEW."scriptId", NEW."tenantId", NEW."fromSequence",
      CASE
        WHEN NEW."version" = 1 THEN 'does not exist, so it starts at 1'
        WHEN previous."toSequence" IS NULL THEN 'is missing'
        WHEN previous."sealedAt" IS NULL THEN 'is still open'
        ELSE format('ends at %s', previous."toSequence")
      END),
    HINT = 'Seal the previous version first and start right after its toSequence.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME;
END
$$;
CREATE TRIGGER "ScriptVersion_continues" BEFORE INSERT ON "scripts"."ScriptVersion"
  FOR EACH ROW EXECUTE FUNCTION "scripts"."check_version_continues"();
CREATE TRIGGER "ScriptVersion_start_stays" BEFORE UPDATE ON "scripts"."ScriptVersion"
  FOR EACH ROW
  WHEN ((OLD."tenantId", OLD."id", OLD."scriptId", OLD."version", OLD."fromSequence")
    IS DISTINCT FROM (NEW."tenantId", NEW."id", NEW."scriptId", NEW."version", NEW."fromSequence"))
  EXECUTE FUNCTION "scripts"."check_version_continues"();

CREATE FUNCTION "scripts"."check_active_version_is_sealed"() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  -- A version that does not exist, or is another script's, is left to the foreign key.
  IF EXISTS (
    SELECT FROM "scripts"."ScriptVersion" AS version
    WHERE version."tenantId" = NEW."tenantId" AND version."id" = NEW."activeVersionId" AND version."sealedAt" IS NULL)
  THEN
    RAISE EXCEPTION USING
      ERRCODE = 'SC007',
      MESSAGE = format('Script %s of tenant %s: version %s is open and cannot be the active one.',
        NEW."id", NEW."tenantId", NEW."activeVersionId"),
      HINT = 'Seal the version first.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "Script_new_active_version_is_sealed" BEFORE INSERT ON "scripts"."Script"
  FOR EACH ROW WHEN (NEW."activeVersionId" IS NOT NULL) EXECUTE FUNCTION "scripts"."check_active_version_is_sealed"();
CREATE TRIGGER "Script_active_version_is_sealed" BEFORE UPDATE ON "scripts"."Script"
  FOR EACH ROW WHEN (NEW."activeVersionId" IS DISTINCT FROM OLD."activeVersionId" AND NEW."activeVersionId" IS NOT NULL)
  EXECUTE FUNCTION "scripts"."check_active_version_is_sealed"();


-- 4. Roles ----------------------------------------------------------------------------------------------
--
--   script_log     owns scripts.append_commands; nobody logs in as it
--   script_api     reads, and appends through the function
--   script_worker  reads, and writes what is derived from the log
--
-- Roles belong to the whole cluster, and other databases of it may be migrated at this moment: finding a role
-- made meanwhile is fine. An advisory lock would not help, it is per database.
-- The migrating user must be able to become each of them: to give script_log its function, and because a
-- service that is given only the owner's URL connects with it and sets the role.
DO $$
DECLARE
  wanted text;
  -- PostgreSQL 16 made "may set role" a privilege of its own.
  privilege text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['script_log', 'script_api', 'script_worker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;
        WHEN insufficient_privilege THEN
          RAISE EXCEPTION 'Role % is missing and % may not create it. As a superuser: CREATE ROLE %; GRANT % TO %;',
            wanted, current_user, wanted, wanted, quote_ident(current_user)
            USING ERRCODE = 'insufficient_privilege';
      END;
    END IF;
    IF NOT pg_has_role(current_user, wanted, privilege) THEN
      BEGIN
        EXECUTE format('GRANT %I TO %I', wanted, current_user);
      EXCEPTION
        WHEN unique_violation OR internal_error THEN NULL; -- granted by another migration at this moment
        WHEN insufficient_privilege THEN NULL;
      END;
      IF NOT pg_has_role(current_user, wanted, privilege) THEN
        RAISE EXCEPTION 'User % may not become role %. As a superuser: GRANT % TO %;',
          current_user, wanted, wanted, quote_ident(current_user)
          USING ERRCODE = 'insufficient_privilege';
      END IF;
    END IF;
  END LOOP;
END
$$;


-- 5. scripts.append_commands ----------------------------------------------------------------------------
--
-- Takes decided submissions and gives one outcome for each, in the same order; src/log/appendCommands.ts
-- describes both shapes. A submission that is refused leaves the others untouched. Several of one script apply
-- in their order. An error, such as a command that is not well-formed, ends all of them.
--
-- It works on all submissions at once, in six statements however many there are. With a statement per step and
-- submission 32 of them took 10 ms. Measured with commands of 1.3 kB on 100 scripts through one connection of
-- node-postgres, PostgreSQL 18.4 with fsync, two cores, median of quiet runs:
--
--   submissions in one call       1         8        32    32 of one script   1 with 500 commands
--   time of the call         0.6 ms    1.3 ms    3.4 ms              2.7 ms                 27 ms
--   edits/s                   1,500     6,000     9,000              11,500                18,000
--
-- Of the 3.4 ms at 32, the argument becoming jsonb takes 0.5, the two updates 0.4, the inserts with their three
-- indexes, foreign key and triggers 1.3.
CREATE FUNCTION "scripts"."append_commands"(submissions jsonb) RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- Each session plans these statements once and keeps the plans, often while the tables are nearly empty and
-- have no statistics. Left to itself the planner then reads whole tables, or a script's whole log, and goes on
-- doing so when they have grown: 37 ms instead of 3 for 32 edits of a script with 10,000 commands. And it plans
-- anew for every other length of the argument, which was a third of the time of a single edit.
-- Sorting is off for the same reason: where a query asks for an order, only the index that has it is left.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_sort = off
SET enable_incremental_sort = off
AS $$
DECLARE
  submission record;
  known record;
  repeated record;
  -- A submission's place counts from 1. Its slot is the place of the first submission of the same script:
  -- what is known about the script's stream stands there.
  slot int;
  slots int[] := '{}';
  keys text[] := '{}';
  heads int[] := '{}';
  hashes text[] := '{}';
  materialized int[] := '{}';
  repeated_ids text[] := '{}';
  repeated_at int[] := '{}';
  -- Places that share a commandId with another place of their slot.
  doubtful int[] := '{}';
  accepted int[] := '{}';
  -- By slot: the place whose values its stream and script rows get.
  last_places int[] := '{}';
  outcomes jsonb[] := '{}';
BEGIN
  -- Lock the stream rows that nobody else holds. In a statement of its own: what the next ones read is newer
  -- than the locks, so nothing that a previous holder wrote is missed.
  FOR submission IN
    SELECT wanted.place, wanted.key, held."headSequence", held."chainHash", held."materializedSequence"
    FROM (
      SELECT place::int, tenant_id, script_id, length(tenant_id) || ':' || tenant_id || script_id AS key
      FROM ROWS FROM (jsonb_to_recordset(submissions) AS ("tenantId" text, "scriptId" text))
        WITH ORDINALITY AS list (tenant_id, script_id, place)
    ) AS wanted
    LEFT JOIN LATERAL (
      SELECT "headSequence", "chainHash"::text, "materializedSequence"
      FROM "scripts"."ScriptStream"
      WHERE "tenantId" = wanted.tenant_id AND "scriptId" = wanted.script_id
      FOR UPDATE SKIP LOCKED
    ) AS held ON true
    ORDER BY wanted.place
  LOOP
    slot := array_position(keys, submission.key);
    IF slot IS NULL THEN
      slot := submission.place;
      keys[slot] := submission.key;
      heads[slot] := submission."headSequence";
      hashes[slot] := submission."chainHash";
      materialized[slot] := submission."materializedSequence";
    END IF;
    slots[submission.place] := slot;
  END LOOP;

  -- A commandId that is in its script's log already. The lowest sequence is assigned last and stays.
  FOR repeated IN
    SELECT wanted.place::int, logged."commandId", logged."sequence"
    FROM ROWS FROM (jsonb_to_recordset(submissions) AS ("tenantId" text, "scriptId" text, "commands" jsonb))
      WITH ORDINALITY AS wanted (tenant_id, script_id, commands, place)
    CROSS JOIN LATERAL jsonb_array_elements(wanted.commands) AS item
    CROSS JOIN LATERAL (
      -- The first commandId that is not lower; asking for the very one could be answered by the other index.
      SELECT command."commandId", command."sequence"
      FROM "scripts"."ScriptCommand" AS command
      WHERE command."tenantId" = wanted.tenant_id
        AND command."scriptId" = wanted.script_id
        AND command."commandId" >= item ->> 'commandId'
      ORDER BY command."commandId"
      LIMIT 1
    ) AS logged
    WHERE logged."commandId" = item ->> 'commandId'
    ORDER BY logged."sequence" DESC
  LOOP
    repeated_ids[repeated.place] := repeated."commandId";
    repeated_at[repeated.place] := repeated."sequence";
  END LOOP;

  -- A commandId that two submissions of one script bring. Whether it counts depends on the first being accepted.
  IF array_length(array_remove(keys, NULL), 1) < array_length(slots, 1) THEN
    SELECT coalesce(array_agg(DISTINCT doubled.place), '{}')
    INTO doubtful
    FROM (
      SELECT unnest(array_agg(wanted.place::int)) AS place
      FROM ROWS FROM (jsonb_to_recordset(submissions) AS ("commands" jsonb)) WITH ORDINALITY AS wanted (commands, place)
      CROSS JOIN LATERAL jsonb_array_elements(wanted.commands) AS item
      GROUP BY slots[wanted.place], item ->> 'commandId'
      HAVING count(DISTINCT wanted.place) > 1
    ) AS doubled;
  END IF;

  FOR submission IN
    SELECT list.*, jsonb_array_length(list."commands") AS length
    FROM ROWS FROM (jsonb_to_recordset(submissions) AS (
      "tenantId" text, "scriptId" text, "expectedSequence" int, "expectedChainHash" text, "wait" boolean,
      "headSequence" int, "script" jsonb, "chainHash" text, "commands" jsonb))
      WITH ORDINALITY AS list (
        "tenantId", "scriptId", "expectedSequence", "expectedChainHash", "wait",
        "headSequence", "script", "chainHash", "commands", place)
    ORDER BY list.place
  LOOP
    slot := slots[submission.place];

    IF submission.length = 0 OR submission."headSequence" <> submission."expectedSequence" + submission.length THEN
      RAISE EXCEPTION USING
        ERRCODE = 'SC002',
        MESSAGE = format('Script %s of tenant %s: %s command(s) after %s do not end at %s.', submission."scriptId",
          submission."tenantId", submission.length, submission."expectedSequence", submission."headSequence"),
        HINT = 'headSequence is expectedSequence plus the number of commands, of which there is at least one.';
    END IF;

    -- Not held: there is no such script, or another session holds its stream.
    IF heads[slot] IS NULL AND submission."wait" AND repeated_ids[submission.place] IS NULL THEN
      SELECT "headSequence", "chainHash"::text, "materializedSequence"
      INTO known
      FROM "scripts"."ScriptStream"
      WHERE "tenantId" = submission."tenantId" AND "scriptId" = submission."scriptId"
      FOR UPDATE;
      heads[slot] := known."headSequence";
      hashes[slot] := known."chainHash";
      materialized[slot] := known."materializedSequence";
      -- Look again: whoever held it may have appended these very commands.
      SELECT logged."commandId", logged."sequence"
      INTO repeated
      FROM jsonb_array_elements(submission."commands") AS item
      CROSS JOIN LATERAL (
        SELECT command."commandId", command."sequence"
        FROM "scripts"."ScriptCommand" AS command
        WHERE command."tenantId" = submission."tenantId"
          AND command."scriptId" = submission."scriptId"
          AND command."commandId" >= item ->> 'commandId'
        ORDER BY command."commandId"
        LIMIT 1
      ) AS logged
      WHERE logged."commandId" = item ->> 'commandId'
      ORDER BY logged."sequence"
      LIMIT 1;
      repeated_ids[submission.place] := repeated."commandId";
      repeated_at[submission.place] := repeated."sequence";
    END IF;

    IF submission.place = ANY (doubtful) AND repeated_ids[submission.place] IS NULL THEN
      SELECT theirs.item ->> 'commandId' AS "commandId", (theirs.item ->> 'sequence')::int AS "sequence"
      INTO repeated
      FROM unnest(accepted) AS earlier (place)
      CROSS JOIN LATERAL jsonb_array_elements(submissions -> (earlier.place - 1) -> 'commands') AS theirs (item)
      JOIN jsonb_array_elements(submission."commands") AS mine (item) ON mine.item ->> 'commandId' = theirs.item ->> 'commandId'
      WHERE slots[earlier.place] = slot
      ORDER BY 2
      LIMIT 1;
      repeated_ids[submission.place] := repeated."commandId";
      repeated_at[submission.place] := repeated."sequence";
    END IF;

    IF repeated_ids[submission.place] IS NOT NULL THEN
      outcomes[submission.place] := jsonb_build_object(
        'kind', 'duplicate', 'commandId', repeated_ids[submission.place], 'sequence', repeated_at[submission.place]);
      CONTINUE;
    END IF;

    IF heads[slot] IS NULL THEN
      SELECT "headSequence"
      INTO known
      FROM "scripts"."ScriptStream"
      WHERE "tenantId" = submission."tenantId" AND "scriptId" = submission."scriptId";
      IF submission."expectedSequence" > 0 AND FOUND THEN
        outcomes[submission.place] := '{"kind": "busy"}';
        CONTINUE;
      ELSIF submission."expectedSequence" > 0 OR FOUND THEN
        outcomes[submission.place] := jsonb_build_object('kind', 'conflict', 'headSequence', known."headSequence");
        CONTINUE;
      END IF;
      -- The only place, with a change of the slug, where a row of another session can be in the way. An
      -- exception block is a subtransaction: cheap here, dear on every append.
      BEGIN
        INSERT INTO "scripts"."Script" ("tenantId", "id", "name", "slug", "description", "status", "labels", "intents",
          "languageCodes", "embeddingKey", "createdById", "updatedById", "createdAt", "updatedAt")
        SELECT submission."tenantId", submission."scriptId", "name", "slug", "description", "status", "labels", "intents",
          "languageCodes", "embeddingKey", "createdById", "updatedById", "createdAt", "updatedAt"
        FROM jsonb_populate_record(NULL::"scripts"."Script", submission."script")
        ON CONFLICT ("tenantId", "id") DO NOTHING;
      EXCEPTION WHEN unique_violation THEN
        outcomes[submission.place] := '{"kind": "slug_taken"}';
        CONTINUE;
      END;
      IF NOT FOUND THEN
        SELECT "headSequence"
        INTO known
        FROM "scripts"."ScriptStream"
        WHERE "tenantId" = submission."tenantId" AND "scriptId" = submission."scriptId";
        outcomes[submission.place] := jsonb_build_object('kind', 'conflict', 'headSequence', known."headSequence");
        CONTINUE;
      END IF;
      INSERT INTO "scripts"."ScriptStream" ("tenantId", "scriptId", "headSequence", "chainHash")
      VALUES (submission."tenantId", submission."scriptId", submission."headSequence", submission."chainHash");
      materialized[slot] := 0;

    ELSIF heads[slot] <> submission."expectedSequence" OR hashes[slot] <> submission."expectedChainHash" THEN
      outcomes[submission.place] := jsonb_build_object('kind', 'conflict', 'headSequence', heads[slot]);
      CONTINUE;

    ELSE
      IF jsonb_typeof(submission."script") = 'object' THEN
        UPDATE "scripts"."Script" AS script
        SET "name" = wanted."name", "description" = wanted."description", "status" = wanted."status", "labels" = wanted."labels",
          "intents" = wanted."intents", "languageCodes" = wanted."languageCodes", "embeddingKey" = wanted."embeddingKey"
        FROM jsonb_populate_record(NULL::"scripts"."Script", submission."script") AS wanted
        WHERE script."tenantId" = submission."tenantId"
          AND script."id" = submission."scriptId"
          AND script."slug" = wanted."slug";
        IF NOT FOUND THEN
          BEGIN
            UPDATE "scripts"."Script" AS script
            SET "slug" = wanted."slug", "name" = wanted."name", "description" = wanted."description", "status" = wanted."status",
              "labels" = wanted."labels", "intents" = wanted."intents", "languageCodes" = wanted."languageCodes",
              "embeddingKey" = wanted."embeddingKey"
            FROM jsonb_populate_record(NULL::"scripts"."Script", submission."script") AS wanted
            WHERE script."tenantId" = submission."tenantId" AND script."id" = submission."scriptId";
          EXCEPTION WHEN unique_violation THEN
            outcomes[submission.place] := '{"kind": "slug_taken"}';
            CONTINUE;
          END;
        END IF;
      END IF;
      last_places[slot] := submission.place;
    END IF;

    -- A job is due already when the old head was not materialized yet; the materializer takes the rest along.
    outcomes[submission.place] := CASE
      WHEN materialized[slot] = submission."expectedSequence" THEN '{"kind": "appended", "materializeDue": true}'::jsonb
      ELSE '{"kind": "appended", "materializeDue": false}'
    END;
    heads[slot] := submission."headSequence";
    hashes[slot] := submission."chainHash";
    accepted := accepted || submission.place::int;
  END LOOP;

  UPDATE "scripts"."ScriptStream" AS stream
  SET "headSequence" = moved.head, "chainHash" = moved.hash
  FROM ROWS FROM (jsonb_to_recordset(submissions) AS ("tenantId" text, "scriptId" text, "headSequence" int, "chainHash" text))
    WITH ORDINALITY AS moved (tenant_id, script_id, head, hash, place)
  WHERE moved.place = ANY (last_places)
    AND stream."tenantId" = moved.tenant_id
    AND stream."scriptId" = moved.script_id;

  UPDATE "scripts"."Script" AS script
  SET "updatedById" = moved.updated_by, "updatedAt" = moved.updated_at
  FROM ROWS FROM (jsonb_to_recordset(submissions) AS ("tenantId" text, "scriptId" text, "updatedById" text, "updatedAt" timestamptz))
    WITH ORDINALITY AS moved (tenant_id, script_id, updated_by, updated_at, place)
  WHERE moved.place = ANY (last_places)
    AND script."tenantId" = moved.tenant_id
    AND script."id" = moved.script_id;

  INSERT INTO "scripts"."ScriptCommand" ("tenantId", "id", "scriptId", "sequence", "commandId", "batchId", "type", "typeVersion",
    "payload", "facts", "patch", "inversePatch", "actorType", "actorId", "onBehalfOf", "correlationId", "causationId", "note",
    "reducerVersion", "chainHash", "createdAt")
  SELECT list.tenant_id, command."id", list.script_id, command."sequence", command."commandId", command."batchId", command."type",
    command."typeVersion", command."payload", command."facts", command."patch", command."inversePatch", command."actorType",
    command."actorId", command."onBehalfOf", command."correlationId", command."causationId", command."note",
    command."reducerVersion", command."chainHash", command."createdAt"
  FROM ROWS FROM (jsonb_to_recordset(submissions) AS ("tenantId" text, "scriptId" text, "commands" jsonb))
    WITH ORDINALITY AS list (tenant_id, script_id, commands, place)
  CROSS JOIN LATERAL jsonb_to_recordset(list.commands) AS command (
    "id" text, "sequence" int, "commandId" text, "batchId" text, "type" text, "typeVersion" int, "payload" jsonb, "facts" jsonb,
    "patch" jsonb, "inversePatch" jsonb, "actorType" "scripts"."ActorType", "actorId" text, "onBehalfOf" text,
    "correlationId" text, "causationId" text, "note" text, "reducerVersion" int, "chainHash" text, "createdAt" timestamptz)
  WHERE list.place = ANY (accepted);

  RETURN to_jsonb(outcomes);
END
$$;

-- 6. Grants ---------------------------------------------------------------------------------------------

GRANT USAGE ON SCHEMA "scripts" TO script_log, script_api, script_worker;

-- The door's owner inserts and moves heads; it cannot change or delete a command.
GRANT SELECT, INSERT ON "scripts"."ScriptCommand" TO script_log;
GRANT SELECT, INSERT ON "scripts"."ScriptStream", "scripts"."Script" TO script_log;
GRANT UPDATE ("headSequence", "chainHash") ON "scripts"."ScriptStream" TO script_log;
GRANT UPDATE ("name", "slug", "description", "status", "labels", "intents", "languageCodes", "embeddingKey",
  "updatedById", "updatedAt") ON "scripts"."Script" TO script_log;

GRANT SELECT ON "scripts"."Script", "scripts"."ScriptStream", "scripts"."ScriptCommand", "scripts"."ScriptVersion",
  "scripts"."ScriptAuditLog" TO script_api, script_worker;

GRANT INSERT, UPDATE ON "scripts"."ScriptVersion" TO script_worker;
GRANT INSERT ON "scripts"."ScriptAuditLog" TO script_worker;
GRANT UPDATE ("materializedSequence", "materializeFailure") ON "scripts"."ScriptStream" TO script_worker;
GRANT UPDATE ("activeVersionId", "latestVersion") ON "scripts"."Script" TO script_worker;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA "scripts" FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "scripts"."append_commands"(jsonb) TO script_api;

-- To be given a function its new owner needs CREATE on the schema at that moment, and not one moment longer.
GRANT CREATE ON SCHEMA "scripts" TO script_log;
ALTER FUNCTION "scripts"."append_commands"(jsonb) OWNER TO script_log;
REVOKE CREATE ON SCHEMA "scripts" FROM script_log;
