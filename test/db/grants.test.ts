import type { Client } from "pg";
import { fromPrisma, PgBoss } from "pg-boss";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { urlAsRole } from "../../src/db/connectionUrl.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { JOBS_SCHEMA, QUEUES } from "../../src/db/queues.ts";
import { append, appendRequest, auditRow, insertRow, logRow, versionRow } from "../support/rows.ts";
import { connect, refusalOf } from "../support/sqlRefusal.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";

const DENIED = "42501";

let database: TestDatabase;
let api: Client;
let worker: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await connect(database.apiUrl);
  worker = await connect(database.workerUrl);
  await append(api, appendRequest({ scriptId: "s1", count: 3 }));
});

afterAll(async () => {
  await api.end();
  await worker.end();
  await database.drop();
});

function jsonRow(row: object): Record<string, unknown> {
  return { ...row, patch: "[]", inversePatch: "[]" };
}

describe("script_api", () => {
  it.each([
    [
      "insert into the log",
      () => insertRow(api, "ScriptCommand", jsonRow(logRow({ scriptId: "s1", sequence: 4 }))),
    ],
    ["insert a version", () => insertRow(api, "ScriptVersion", versionRow({}))],
    ["insert into the audit log", () => insertRow(api, "ScriptAuditLog", auditRow())],
    ["move a head", () => api.query(`update scripts."ScriptStream" set "headSequence" = 9`)],
    ["rename a script", () => api.query(`update scripts."Script" set name = 'x'`)],
    ["publish a version", () => api.query(`update scripts."ScriptVersion" set "isPublished" = true`)],
    ["delete a script", () => api.query(`delete from scripts."Script"`)],
    ["change the log", () => api.query(`update scripts."ScriptCommand" set note = 'x'`)],
    ["switch a trigger off", () => api.query(`alter table scripts."ScriptCommand" disable trigger all`)],
    ["make a table", () => api.query(`create table scripts.mine (id int)`)],
    ["take a job", () => api.query(`update ${JOBS_SCHEMA}.job_common set state = 'active'`)],
    ["delete jobs", () => api.query(`delete from ${JOBS_SCHEMA}.job_common`)],
  ])("cannot %s", async (_, attempt) => {
    expect((await refusalOf(attempt())).code).toBe(DENIED);
  });

  it("cannot become another role, when it has a login of its own", async (context) => {
    const { rows } = await api.query<{ login: string }>("select session_user as login");
    if (rows[0]!.login !== "script_api") context.skip("the owner's login may become any of the roles");
    expect((await refusalOf(api.query("set role script_log"))).code).toBe(DENIED);
  });

  it("reads everything about scripts", async () => {
    for (const table of ["Script", "ScriptStream", "ScriptCommand", "ScriptVersion", "ScriptAuditLog"])
      expect((await api.query(`select count(*) from scripts."${table}"`)).rowCount).toBe(1);
  });
});

describe("script_worker", () => {
  it.each([
    [
      "insert into the log",
      () => insertRow(worker, "ScriptCommand", jsonRow(logRow({ scriptId: "s1", sequence: 4 }))),
    ],
    ["move a head", () => worker.query(`update scripts."ScriptStream" set "headSequence" = 9`)],
    ["change a script's status", () => worker.query(`update scripts."Script" set status = 'ARCHIVED'`)],
    ["create a script", () => worker.query(`insert into scripts."Script" default values`)],
    ["delete a version", () => worker.query(`delete from scripts."ScriptVersion"`)],
    ["change the audit log", () => worker.query(`update scripts."ScriptAuditLog" set note = 'x'`)],
  ])("cannot %s", async (_, attempt) => {
    expect((await refusalOf(attempt())).code).toMatch(/^(42501|SC001)$/);
  });

  it("writes what is derived", async () => {
    await insertRow(worker, "ScriptVersion", versionRow({}));
    await insertRow(worker, "ScriptAuditLog", auditRow());
    await worker.query(
      `update scripts."ScriptStream" set "materializedSequence" = 3, "materializeFailure" = null`,
    );
    const point = `update scripts."Script" set "latestVersion" = 1, "activeVersionId" = 's1-v1'`;
    expect((await worker.query(point)).rowCount).toBe(1);
  });

  it("appends through the one door, for commands that came by the outbox", async () => {
    const script = appendRequest({ scriptId: "by_worker" });
    expect(await append(worker, script)).toEqual([{ kind: "appended", materializeDue: true }]);
  });
});

describe("script_operator", () => {
  let operator: Client;
  beforeAll(async () => {
    operator = await connect(database.operatorUrl);
  });
  afterAll(() => operator.end());

  it.each([
    ["append", () => append(operator, appendRequest({ scriptId: "by_operator" }))],
    ["move a head", () => operator.query(`update scripts."ScriptStream" set "headSequence" = 9`)],
    ["publish a version", () => operator.query(`update scripts."ScriptVersion" set "isPublished" = true`)],
    ["point a script elsewhere", () => operator.query(`update scripts."Script" set "activeVersionId" = 'x'`)],
    ["insert into the audit log", () => insertRow(operator, "ScriptAuditLog", auditRow())],
    ["delete a script", () => operator.query(`delete from scripts."Script"`)],
  ])("cannot %s", async (_, attempt) => {
    expect((await refusalOf(attempt())).code).toMatch(/^(42501|SC005)$/);
  });

  it("puts a listing right that its log does not say", async () => {
    expect((await operator.query(`update scripts."Script" set name = name`)).rowCount).toBeGreaterThan(0);
  });
});

it("the function that writes the log belongs to a role that nobody can log in as", async () => {
  const { rows } = await worker.query(
    `select proowner::regrole::text as owner, rolcanlogin, rolsuper, prosecdef, proconfig[1] as path
     from pg_proc join pg_roles on pg_roles.oid = proowner where proname = 'append_commands'`,
  );
  expect(rows).toEqual([
    {
      owner: "script_log",
      rolcanlogin: false,
      rolsuper: false,
      prosecdef: true,
      path: "search_path=pg_catalog, pg_temp",
    },
  ]);
});

it("a session of the owner acts as a runtime role when its URL says so", async () => {
  const url = urlAsRole(database.ownerUrl, "script_api");
  const db = await openDatabase({ url, role: "script_api", poolSize: 1, applicationName: "test" });
  expect(
    await db.prisma.$queryRaw`select current_user as role, current_setting('lock_timeout') as lock`,
  ).toEqual([{ role: "script_api", lock: "10s" }]);
  await db.close();
});

it.each([
  [
    "a server that is not there",
    (url: string) => url.replace(/:\d+\//, ":1/"),
    /^Cannot connect to the database .*ECONNREFUSED/,
  ],
  ["a database that is not there", (url: string) => `${url}_nope`, /does not exist/],
])("opening %s says what and where, and not the password", async (_, change, message) => {
  const url = change(database.apiUrl.split("?")[0]!);
  const opened = openDatabase({ url, role: "script_api", poolSize: 1, applicationName: "test" });
  const said = await opened.then(
    () => "opened",
    (error: Error) => error.message,
  );
  expect(said).toMatch(message);
  expect(said).not.toContain(new URL(url).password || "no password");
});

it("opening as one role with the login of another says so", async () => {
  const url = urlAsRole(database.ownerUrl, "script_worker");
  await expect(
    openDatabase({ url, role: "script_api", poolSize: 1, applicationName: "test" }),
  ).rejects.toThrow(/must act as script_api but is script_worker/);
});

describe("jobs", () => {
  const options = { schema: JOBS_SCHEMA, migrate: false, createSchema: false } as const;

  it("are sent by script_api inside its transaction and run by script_worker", async () => {
    const errors: unknown[] = [];
    const sender = new PgBoss({
      ...options,
      connectionString: database.apiUrl,
      supervise: false,
      schedule: false,
    });
    const runner = new PgBoss({
      ...options,
      connectionString: database.workerUrl,
      supervise: true,
      schedule: true,
    });
    for (const boss of [sender, runner]) boss.on("error", (error) => errors.push(error));
    await sender.start();
    await runner.start();
    const db = await openDatabase({
      url: database.apiUrl,
      role: "script_api",
      poolSize: 1,
      applicationName: "test",
    });
    await db.prisma.$transaction(async (tx) => {
      await sender.insert("materialize", [{ data: { tenantId: "t1", scriptId: "s1" } }], {
        db: fromPrisma(tx),
      });
      expect(await runner.fetch("materialize")).toEqual([]);
    });
    const [job] = await runner.fetch<object>("materialize");
    expect(job?.data).toEqual({ tenantId: "t1", scriptId: "s1" });
    await runner.complete("materialize", job!.id);
    await runner.supervise();
    await runner.stop({ graceful: false });
    await sender.stop({ graceful: false });
    await db.close();
    expect(errors).toEqual([]);
  });

  it("have the queues that the code names", async () => {
    const { rows: queues } = await worker.query<{ name: string }>(`select name from ${JOBS_SCHEMA}.queue`);
    expect(queues.map((queue) => queue.name)).toEqual(
      expect.arrayContaining(QUEUES.map((queue) => queue.name)),
    );
  });
});
