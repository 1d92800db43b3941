-- Who may do what: tokens for programs, the role of operators, and the walls between tenants.
--
--   1. The role of operators
--   2. Tokens
--   3. Grants
--   4. Row-level security


-- 1. The role of operators ------------------------------------------------------------------------------
--
-- script_operator reads everything, and writes what only an operator decides: tokens, settings of tenants.
-- Made as the other roles were: see the first migration.
DO $$
DECLARE
  wanted text;
  -- PostgreSQL 16 made "may set role" a privilege of its own.
  privilege text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['script_operator'] LOOP
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


-- 2. Tokens ---------------------------------------------------------------------------------------------

-- CreateTable
CREATE TABLE "scripts"."ApiToken" (
    "tenantId" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "hash" CHAR(64) NOT NULL,
    "role" TEXT NOT NULL,
    "actorType" "scripts"."ActorType" NOT NULL,
    "actorId" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiToken_pkey" PRIMARY KEY ("tenantId","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ApiToken_hash_key" ON "scripts"."ApiToken"("hash");

ALTER TABLE "scripts"."ApiToken"
  ADD CONSTRAINT "ApiToken_hash_is_sha256" CHECK (length("hash") = 64 AND "hash" !~ '[^0-9a-f]'),
  ADD CONSTRAINT "ApiToken_role_is_known" CHECK ("role" IN ('viewer', 'agent', 'editor', 'publisher', 'operator')),
  -- A backfill runs as a process of its own, never through the API.
  ADD CONSTRAINT "ApiToken_is_no_backfill" CHECK ("actorType" <> 'BACKFILL');

-- 3. Grants ------------------------------------------------------------------------------------------------

GRANT SELECT ON "scripts"."ApiToken" TO script_api;

GRANT USAGE ON SCHEMA "scripts" TO script_operator;
GRANT SELECT ON ALL TABLES IN SCHEMA "scripts" TO script_operator;
GRANT INSERT, UPDATE ("revokedAt") ON "scripts"."ApiToken" TO script_operator;
GRANT INSERT, UPDATE ON "scripts"."TenantSettings" TO script_operator;


-- 4. Row-level security ------------------------------------------------------------------------------------
--
-- The second wall between tenants, behind the conditions of the queries: script_api sees and writes the rows of
-- the tenant that the transaction says it is for (app.tenant_id, see src/db/inTenant.ts), and none when it says
-- nothing. FORCE, so that a table's owner who is no superuser is held to policies as well. The worker, operators and
-- the log's door act for all tenants.
--
-- A setting that was set for a transaction is an empty text after it, and not null: hence nullif.
--
-- What it does not hold: scripts.append_commands takes commands of several tenants at once and writes them as
-- script_log. Whoever calls it has checked each tenant; its keys and the checks of the log hold.
DO $$
DECLARE
  secured text;
  everywhere text;
BEGIN
  FOREACH secured IN ARRAY ARRAY[
    'Script', 'ScriptStream', 'ScriptCommand', 'ScriptVersion', 'ScriptAuditLog',
    'ScriptRun', 'ScriptRunLog', 'RunVariable',
    'CommandOutbox', 'TenantSettings',
    'DomainEvent', 'EventFeed', 'EventTicket',
    'IdempotencyKey', 'ApiToken'
  ] LOOP
    EXECUTE format('ALTER TABLE "scripts".%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', secured);
    FOREACH everywhere IN ARRAY ARRAY['script_worker', 'script_operator', 'script_log'] LOOP
      EXECUTE format('CREATE POLICY %I ON "scripts".%I TO %I USING (true) WITH CHECK (true)',
        everywhere || '_everywhere', secured, everywhere);
    END LOOP;
    -- Tokens are found by what the caller has, before anybody knows the tenant.
    CONTINUE WHEN secured = 'ApiToken';
    EXECUTE format('CREATE POLICY "script_api_in_tenant" ON "scripts".%I TO script_api
      USING ("tenantId" = nullif(current_setting(''app.tenant_id'', true), ''''))
      WITH CHECK ("tenantId" = nullif(current_setting(''app.tenant_id'', true), ''''))', secured);
  END LOOP;
END
$$;

CREATE POLICY "script_api_holds_token" ON "scripts"."ApiToken" FOR SELECT TO script_api
  USING ("hash" = nullif(current_setting('app.token_hash', true), ''));

-- Tokens of open event streams, all in one look: whether they are revoked. The list is taken apart once a statement,
-- because it stands in a query of its own.
CREATE POLICY "script_api_watches_tokens" ON "scripts"."ApiToken" FOR SELECT TO script_api
  USING ("id" = ANY ((SELECT string_to_array(nullif(current_setting('app.token_ids', true), ''), ','))::text[]));

CREATE POLICY "script_api_sees_held_ticket" ON "scripts"."EventTicket" FOR SELECT TO script_api
  USING ("hash" = nullif(current_setting('app.ticket_hash', true), ''));
CREATE POLICY "script_api_uses_held_ticket" ON "scripts"."EventTicket" FOR DELETE TO script_api
  USING ("hash" = nullif(current_setting('app.ticket_hash', true), ''));
