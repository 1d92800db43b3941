import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createInTenant, type InTenant } from "../../src/db/inTenant.ts";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import { newId } from "../../src/kernel/newId.ts";
import { append, appendRequest, auditRow, insertRow, someHash, versionRow } from "../support/rows.ts";
import { connect, refusalOf } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const NOW = "2026-01-02T03:04:05.678Z";
const ACTOR = { actorType: "USER", actorId: "u1" };

const ROLES = ["script_api", "script_log", "script_operator", "script_worker"];

/** Tables that hold something of a tenant: all that have a column tenantId, as the database says. */
let tables: readonly string[];
/** Those of them that the API may read. */
let readable: readonly string[];
let database: TestDatabase;
/** A superuser, whom no policy holds. */
let owner: Client;
let api: Client;
let worker: Client;
let prisma: Database["prisma"];
let inTenant: InTenant;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  [owner, api, worker] = await Promise.all([
    connect(database.ownerUrl),
    connect(database.apiUrl),
    connect(database.workerUrl),
  ]);
  const { rows } = await owner.query<{ name: string }>(
    `select relname as name
     from pg_class
     join pg_attribute on attrelid = pg_class.oid and attname = 'tenantId' and not attisdropped
     where relnamespace = 'scripts'::regnamespace and relkind in ('r', 'p')
     order by relname`,
  );
  tables = rows.map(({ name }) => name);
  readable = await tablesFor("script_api", "select");
  const opened = await openDatabase({
    url: database.apiUrl,
    role: "script_api",
    poolSize: 1,
    applicationName: "test",
  });
  ({ prisma } = opened);
  inTenant = createInTenant(prisma);
  close = () => opened.close();
  for (const tenantId of ["t1", "t2"]) await fillTables(tenantId);
});
afterAll(async () => {
  await close();
  await Promise.all([owner.end(), api.end(), worker.end()]);
  await database.drop();
});

/** Of the tables, those that a role has a privilege on. */
async function tablesFor(role: string, privilege: string): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select name from unnest($1::text[]) as name
     where has_table_privilege($2, format('scripts.%I', name), $3)`,
    [tables, role, privilege],
  );
  return rows.map(({ name }) => name);
}

/** At least one row in every table; both tenants call their script, run and so on the same. */
async function fillTables(tenantId: string): Promise<void> {
  await append(api, appendRequest({ tenantId, scriptId: "s1", count: 3 }));
  await insertRow(worker, "ScriptVersion", versionRow({ tenantId }));
  await insertRow(worker, "ScriptAuditLog", auditRow({ tenantId }));
  const { id: _, isPublished: _none, ...version } = versionRow({ tenantId });
  await insertRow(owner, "ScriptVersionRebuild", {
    ...version,
    rebuildId: "b1",
    difference: "same",
    builtAt: NOW,
  });
  const run = { tenantId, id: "r1", scriptId: "s1", version: 1, correlationId: "c1" };
  await insertRow(owner, "ScriptRun", { ...run, startedAt: NOW, updatedAt: NOW });
  const entry = { tenantId, runId: "r1", ordinal: 1, requestId: "q1", actorId: "u1", entry: {} };
  await insertRow(owner, "ScriptRunLog", { ...entry, occurredAt: NOW });
  await insertRow(owner, "RunVariable", {
    tenantId,
    id: "x1",
    runId: "r1",
    key: "k",
    strVal: "v",
    updatedAt: NOW,
  });
  await insertRow(owner, "CommandOutbox", {
    tenantId,
    id: "o1",
    command: "Test.Do.v1",
    correlationId: "c1",
    actorJson: {},
    contextJson: {},
    payloadJson: {},
    ...ACTOR,
    actorRole: "editor",
    maxAttempts: 5,
    dueAt: NOW,
    createdAt: NOW,
    updatedAt: NOW,
  });
  await insertRow(owner, "TenantSettings", { tenantId, updatedAt: NOW });
  const { rows } = await owner.query<{ id: string }>(
    `select id from scripts."DomainEvent" where "tenantId" = $1 limit 1`,
    [tenantId],
  );
  await insertRow(owner, "EventFeed", {
    position: tenantId === "t1" ? 1 : 2,
    tenantId,
    eventId: rows[0]!.id,
    stampedAt: NOW,
  });
  await insertRow(owner, "EventTicket", {
    tenantId,
    hash: hashOf(tenantId),
    ...ACTOR,
    role: "viewer",
    tokenId: "a1",
    expiresAt: NOW,
  });
  await insertRow(owner, "IdempotencyKey", {
    tenantId,
    principal: "USER u1",
    route: "POST /scripts",
    key: "k1",
    id: "i1",
    fingerprint: someHash(),
    effectId: "e1",
    lockedUntil: NOW,
    createdAt: NOW,
    expiresAt: NOW,
  });
  await insertRow(owner, "ApiToken", {
    tenantId,
    id: "a1",
    label: "test",
    hash: hashOf(tenantId),
    role: "editor",
    ...ACTOR,
    createdAt: NOW,
  });
}

/** Of the token and the ticket of a tenant. */
function hashOf(tenantId: string): string {
  return (tenantId === "t1" ? "1" : "2").repeat(64);
}

/** Runs work as script_api in a transaction with these settings, and takes it back. */
async function asApi<T>(settings: Record<string, string>, work: () => Promise<T>): Promise<T> {
  await api.query("begin");
  try {
    for (const [name, value] of Object.entries(settings))
      await api.query("select set_config($1, $2, true)", [name, value]);
    return await work();
  } finally {
    await api.query("rollback");
  }
}

async function tenantsIn(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ tenantId: string }>(
    `select distinct "tenantId" from scripts."${table}" order by 1`,
  );
  return rows.map(({ tenantId }) => tenantId);
}

describe("every table of a tenant", () => {
  it("has row-level security, for its owner as well, and policies for every role that may touch it", async () => {
    const { rows } = await owner.query<{ name: string; on: boolean; forced: boolean; without: string[] }>(
      `select relname as name, relrowsecurity as on, relforcerowsecurity as forced,
         array(
           select role from unnest($2::text[]) as role
           where has_any_column_privilege(role, pg_class.oid, 'select, insert, update')
             and not exists (
               select from pg_policies
               where schemaname = 'scripts' and tablename = relname and role = any (roles))) as without
       from pg_class
       where relnamespace = 'scripts'::regnamespace and relname = any ($1)
       order by relname`,
      [tables, ROLES],
    );
    expect(rows).toEqual(tables.map((name) => ({ name, on: true, forced: true, without: [] })));
    expect(tables.length).toBeGreaterThanOrEqual(16);
  });

  it("gives the API no policy but one that asks for the tenant, or for what the caller holds, by its hash or id", async () => {
    const { rows } = await owner.query<{ rule: string }>(
      `select tablename || ': ' || rule as rule
       from pg_policies cross join lateral (values (qual), (with_check)) as rules (rule)
       where schemaname = 'scripts' and roles && array['script_api', 'public']::name[] and rule is not null
         and rule !~ '^\\("tenantId" = NULLIF\\(current_setting\\(''app.tenant_id''::text, true\\), ''''::text\\)\\)$'`,
    );
    const held = (name: string) =>
      `((hash)::text = NULLIF(current_setting('${name}'::text, true), ''::text))`;
    expect(rows.map(({ rule }) => rule).toSorted()).toEqual([
      `ApiToken: ${held("app.token_hash")}`,
      `ApiToken: (id = ANY (( SELECT string_to_array(NULLIF(current_setting('app.token_ids'::text, true), ''::text), ','::text) AS string_to_array)::text[]))`,
      `EventTicket: ${held("app.ticket_hash")}`,
      `EventTicket: ${held("app.ticket_hash")}`,
    ]);
  });

  it("holds a row of both tenants, for the tests below", async () => {
    for (const table of tables) expect([table, await tenantsIn(owner, table)]).toEqual([table, ["t1", "t2"]]);
  });

  it("is empty for the API while no tenant is set", async () => {
    for (const table of readable) expect([table, await tenantsIn(api, table)]).toEqual([table, []]);
    // After a transaction the setting is an empty text, and not unset.
    await asApi({ "app.tenant_id": "t1" }, () => tenantsIn(api, "Script"));
    for (const table of readable) expect([table, await tenantsIn(api, table)]).toEqual([table, []]);
  });

  it("shows the API the tenant that is set, and nothing of another, whatever a query asks for", async () => {
    for (const table of readable) {
      const seen = await asApi({ "app.tenant_id": "t1" }, () => tenantsIn(api, table));
      expect([table, seen]).toEqual([table, table === "ApiToken" ? [] : ["t1"]]);
      const asked = await asApi({ "app.tenant_id": "t1" }, () =>
        api.query(`select 1 from scripts."${table}" where "tenantId" = 't2' or true and "tenantId" <> 't1'`),
      );
      expect([table, asked.rows]).toEqual([table, []]);
    }
  });

  it("is as a whole there for worker and operator", async () => {
    const operator = await connect(database.operatorUrl);
    for (const table of await tablesFor("script_worker", "select"))
      expect([table, await tenantsIn(worker, table)]).toEqual([table, ["t1", "t2"]]);
    for (const table of tables)
      expect([table, await tenantsIn(operator, table)]).toEqual([table, ["t1", "t2"]]);
    await operator.end();
  });

  it("takes no row of another tenant from the API", async () => {
    const writable = await tablesFor("script_api", "insert");
    expect(writable).toEqual(
      expect.arrayContaining(["CommandOutbox", "DomainEvent", "IdempotencyKey", "RunVariable", "ScriptRun"]),
    );
    for (const name of writable) {
      const { rows } = await owner.query<{ row: Record<string, unknown> }>(
        `select to_jsonb(one) as row from scripts."${name}" one where "tenantId" = 't2' limit 1`,
      );
      // Of the other tenant, and not there yet.
      const foreign = { ...rows[0]!.row, ...("id" in rows[0]!.row ? { id: newId() } : {}) };
      const attempt = asApi({ "app.tenant_id": "t1" }, () =>
        refusalOf(
          api.query(
            `insert into scripts."${name}" select * from jsonb_populate_record(null::scripts."${name}", $1)`,
            [foreign],
          ),
        ),
      );
      // A run is refused before that: its version is nowhere to be seen.
      const code = name === "ScriptRun" ? "SC008" : "42501";
      expect([name, (await attempt).code]).toEqual([name, code]);
    }
  });

  it("lets the API move no row to another tenant, and touch none there", async () => {
    const settings = { "app.tenant_id": "t1" };
    const move = `update scripts."IdempotencyKey" set "tenantId" = 't2', key = 'k2'`;
    expect((await asApi(settings, () => refusalOf(api.query(move)))).code).toBe("42501");
    const touched = await asApi(settings, async () => [
      (await api.query(`update scripts."ScriptRun" set "updatedAt" = now() where "tenantId" = 't2'`))
        .rowCount,
      (await api.query(`delete from scripts."RunVariable" where "tenantId" = 't2'`)).rowCount,
      (await api.query(`delete from scripts."IdempotencyKey" where "tenantId" <> 't1'`)).rowCount,
      (await api.query(`select from scripts."ScriptRun" where "tenantId" = 't2' for update`)).rowCount,
    ]);
    expect(touched).toEqual([0, 0, 0, 0]);
  });
});

describe("a query that forgot its tenant", () => {
  it("sees nothing of another one", async () => {
    const seen = await inTenant("t1", async (tx) => [
      await tx.scriptCommand.findMany(),
      await tx.script.findMany({ include: { stream: true, versions: true } }),
      await tx.scriptRun.findMany(),
      await tx.domainEvent.findMany(),
      await tx.commandOutbox.findMany({ where: { OR: [{ tenantId: "t2" }, { id: "o1" }] } }),
    ]);
    for (const rows of seen) {
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((row) => row.tenantId))).toEqual(new Set(["t1"]));
    }
  });

  it("sees nothing outside of a transaction for a tenant, on the very connection that was in one", async () => {
    expect(await inTenant("t1", (tx) => tx.scriptCommand.count())).toBe(3);
    expect(await prisma.scriptCommand.count()).toBe(0);
    await inTenant("t2", () => Promise.reject(new Error("broken"))).catch(() => undefined);
    expect(await prisma.scriptCommand.count()).toBe(0);
  });

  it("is for no tenant at all when the tenant is empty", async () => {
    expect(await inTenant("", (tx) => tx.script.count())).toBe(0);
  });
});

describe("before the tenant is known", () => {
  it("the API finds the token and the ticket whose hash it has, and no other", async () => {
    const held = (name: string, table: string) =>
      asApi({ [name]: hashOf("t2") }, () => tenantsIn(api, table));
    expect(await held("app.token_hash", "ApiToken")).toEqual(["t2"]);
    expect(await held("app.ticket_hash", "EventTicket")).toEqual(["t2"]);
    expect(await held("app.token_hash", "EventTicket")).toEqual([]);
    expect(await held("app.ticket_hash", "ApiToken")).toEqual([]);
  });

  it("the API may use that ticket up, and make no token", async () => {
    const used = await asApi({ "app.ticket_hash": hashOf("t2") }, () =>
      api.query(`delete from scripts."EventTicket"`),
    );
    expect(used.rowCount).toBe(1);
    const token = `insert into scripts."ApiToken" default values`;
    expect((await asApi({ "app.tenant_id": "t1" }, () => refusalOf(api.query(token)))).code).toBe("42501");
  });
});

describe("the ways around", () => {
  it("are closed: no role of the service bypasses row-level security", async () => {
    const { rows } = await owner.query(
      `select rolname from pg_roles
       where rolname = any ($1) and (rolsuper or rolbypassrls)`,
      [ROLES],
    );
    expect(rows).toEqual([]);
  });

  it("are known: one function acts as another role, and every view acts as whoever asks", async () => {
    const { rows: functions } = await owner.query(
      `select proname, proowner::regrole::text as owner from pg_proc
       where pronamespace = 'scripts'::regnamespace and prosecdef`,
    );
    expect(functions).toEqual([{ proname: "append_commands", owner: "script_log" }]);
    const { rows: views } = await owner.query(
      `select relname from pg_class
       where relnamespace = 'scripts'::regnamespace
         and (relkind = 'm' or relkind = 'v' and not coalesce(reloptions @> '{security_invoker=true}', false))`,
    );
    expect(views).toEqual([]);
  });
});
