-- What happened, and its place in the feed.

-- CreateTable
CREATE TABLE "scripts"."DomainEvent" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "ordinal" BIGSERIAL NOT NULL,
    "type" TEXT NOT NULL,
    "scriptId" TEXT,
    "runId" TEXT,
    "correlationId" TEXT NOT NULL,
    "causationId" TEXT,
    "payload" JSONB NOT NULL,
    "occurredAt" TIMESTAMPTZ(3) NOT NULL,
    "isStamped" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "DomainEvent_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateTable
CREATE TABLE "scripts"."EventFeed" (
    "position" BIGINT NOT NULL,
    "tenantId" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "stampedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "EventFeed_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "scripts"."EventFeedHead" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "position" BIGINT NOT NULL DEFAULT 0,
    "expiredPosition" BIGINT NOT NULL DEFAULT 0,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "EventFeedHead_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scripts"."EventTicket" (
    "tenantId" TEXT NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "actorId" TEXT NOT NULL,
    "actorType" "scripts"."ActorType" NOT NULL,
    "role" TEXT NOT NULL,
    "tokenId" TEXT NOT NULL,
    "tokenExpiresAt" TIMESTAMPTZ(3),
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "EventTicket_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "EventFeed_tenantId_position_idx" ON "scripts"."EventFeed"("tenantId", "position");

-- CreateIndex
CREATE UNIQUE INDEX "EventFeed_tenantId_eventId_key" ON "scripts"."EventFeed"("tenantId", "eventId");

-- AddForeignKey
ALTER TABLE "scripts"."EventFeed" ADD CONSTRAINT "EventFeed_tenantId_eventId_fkey" FOREIGN KEY ("tenantId", "eventId") REFERENCES "scripts"."DomainEvent"("tenantId", "id") ON DELETE NO ACTION ON UPDATE NO ACTION;

-- Storage and checks ------------------------------------------------------------------------------------

CREATE INDEX "DomainEvent_unstamped" ON "scripts"."DomainEvent" ("ordinal") WHERE NOT "isStamped";
INSERT INTO "scripts"."EventFeedHead" ("id", "updatedAt") VALUES (1, now());
ALTER TABLE "scripts"."EventFeedHead" ADD CONSTRAINT "EventFeedHead_is_one_row" CHECK ("id" = 1);
ALTER TABLE "scripts"."EventFeed" ADD CONSTRAINT "EventFeed_position_starts_at_1" CHECK ("position" >= 1);
ALTER TABLE "scripts"."DomainEvent" ADD CONSTRAINT "DomainEvent_payload_shape" CHECK (
  jsonb_typeof("payload") = 'object' AND jsonb_typeof("payload" -> 'success') = 'boolean' AND "payload" ? 'payload');

-- Each event is inserted, stamped once, and deleted when it is old: what the stamper looks through fills with dead
-- entries as quickly as events come, so they are cleared away long before a fifth of the table is dead.
ALTER TABLE "scripts"."DomainEvent" SET (autovacuum_vacuum_scale_factor = 0.02);

-- Grants ------------------------------------------------------------------------------------------------

GRANT SELECT, INSERT ON "scripts"."DomainEvent" TO script_log, script_api, script_worker;
GRANT USAGE ON SEQUENCE "scripts"."DomainEvent_ordinal_seq" TO script_log, script_api, script_worker;
GRANT UPDATE ("isStamped"), DELETE ON "scripts"."DomainEvent" TO script_worker;
GRANT SELECT ON "scripts"."EventFeed", "scripts"."EventFeedHead" TO script_api;
GRANT SELECT, INSERT, DELETE ON "scripts"."EventFeed" TO script_worker;
GRANT SELECT, UPDATE ON "scripts"."EventFeedHead" TO script_worker;
GRANT SELECT, INSERT, DELETE ON "scripts"."EventTicket" TO script_api, script_worker;

-- The log's door writes events ---------------------------------------------------------------------------
--
-- scripts.append_commands as 20261121000000_scripts_core_init made it and explains it, with one statement more:
-- the events of what it accepted. Measured as there, median of quiet runs, before and with the events:
--
--   submissions in one call       1         8        32    1 with 500 commands
--   before                   0.7 ms    1.2 ms    3.3 ms                  36 ms
--   with events              0.8 ms    1.5 ms    4.1 ms                  41 ms
--
-- A function is replaced by its owner, who needs CREATE on the schema at that moment, and not one moment longer.
GRANT CREATE ON SCHEMA "scripts" TO script_log;
SET ROLE script_log;

CREATE OR REPLACE FUNCTION "scripts"."append_commands"(submissions jsonb) RETURNS jsonb
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

  -- One event per batch, with the batch's id: it is made by the caller, once for all attempts, and time-ordered. The
  -- ordinals are drawn under the locks of the stream rows, in the order of the submissions.
  -- Only what changes the listing row (creates, archives, restores) is looked through for events of its own, so
  -- a plain edit pays for one row.
  INSERT INTO "scripts"."DomainEvent" ("tenantId", "id", "type", "scriptId", "correlationId", "causationId", "payload", "occurredAt")
  SELECT list.tenant_id, event.id, event.type, list.script_id, event.correlation_id, event.causation_id,
    jsonb_build_object('success', true, 'payload', event.payload), event.occurred_at
  FROM ROWS FROM (jsonb_to_recordset(submissions) AS ("tenantId" text, "scriptId" text, "headSequence" int, "script" jsonb, "commands" jsonb))
    WITH ORDINALITY AS list (tenant_id, script_id, head, script, commands, place)
  CROSS JOIN LATERAL (
    SELECT first ->> 'batchId', 'Scripts.CommandsAppended.v1', first ->> 'correlationId', first ->> 'commandId',
      jsonb_build_object(
        'scriptId', list.script_id, 'batchId', first -> 'batchId', 'fromSequence', first -> 'sequence', 'toSequence', list.head,
        'headSequence', list.head, 'commands', (
          SELECT jsonb_agg(jsonb_build_object(
            'commandId', item -> 'commandId', 'command', (item ->> 'type') || '.v' || (item ->> 'typeVersion'), 'sequence', item -> 'sequence'))
          FROM jsonb_array_elements(list.commands) AS item),
        'actor', jsonb_build_object('type', first -> 'actorType', 'id', first -> 'actorId'))
      || CASE WHEN first ->> 'onBehalfOf' IS NULL THEN '{}' ELSE jsonb_build_object('onBehalfOf', first -> 'onBehalfOf') END,
      (first ->> 'createdAt')::timestamptz
    -- OFFSET 0: taken out of the list once, and not anew for each member.
    FROM (SELECT list.commands -> 0 OFFSET 0) AS batch (first)
    UNION ALL
    SELECT item ->> 'id',
      CASE
        WHEN item ->> 'type' = 'Scripts.CreateScript' THEN 'Scripts.ScriptCreated.v1'
        WHEN item -> 'payload' ->> 'status' = 'ARCHIVED' THEN 'Scripts.ScriptArchived.v1'
        ELSE 'Scripts.ScriptRestored.v1'
      END,
      item ->> 'correlationId', item ->> 'commandId',
      jsonb_build_object(
        'scriptId', list.script_id, 'name', list.script -> 'name', 'slug', list.script -> 'slug', 'status', list.script -> 'status',
        'sequence', item -> 'sequence', 'actor', jsonb_build_object('type', item -> 'actorType', 'id', item -> 'actorId'))
      || CASE WHEN item ->> 'onBehalfOf' IS NULL THEN '{}' ELSE jsonb_build_object('onBehalfOf', item -> 'onBehalfOf') END,
      (item ->> 'createdAt')::timestamptz
    FROM jsonb_array_elements(CASE WHEN jsonb_typeof(list.script) = 'object' THEN list.commands ELSE '[]' END) AS item
    WHERE item ->> 'type' IN ('Scripts.CreateScript', 'Scripts.ChangeStatus')
  ) AS event (id, type, correlation_id, causation_id, payload, occurred_at)
  WHERE list.place = ANY (accepted);

  RETURN to_jsonb(outcomes);
END
$$;

RESET ROLE;
REVOKE CREATE ON SCHEMA "scripts" FROM script_log;
