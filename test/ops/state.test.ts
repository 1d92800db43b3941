import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openOps, writeStory, type WrittenOps } from "./support/openOps.ts";

let ops: WrittenOps;
beforeAll(async () => {
  ops = await openOps();
  await writeStory(ops, "s1");
});
afterAll(() => ops.close());

const OUTBOX = (id: string, status: string): string =>
  `insert into scripts."CommandOutbox" ("tenantId", id, command, "correlationId", "actorJson", "contextJson", "payloadJson",
     "actorType", "actorId", "actorRole", status, attempts, "maxAttempts", "dueAt", "createdAt", "updatedAt", "completedAt")
   values ('t1', '${id}', 'Contacts.Upsert.v1', '${id}', '{}', '{}', '{}', 'USER', 'u1', 'editor', '${status}', 5, 5,
     now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour',
     ${status === "FAILED" ? "now()" : "null"})`;

test("lag counts what waits, in commands and seconds", async () => {
  await ops.append("s1", { command: "Scripts.UpdateDetails.v1", payload: { name: "Ahead" } });
  await ops.damage(
    `insert into scripts."ProcessHeartbeat" values ('p1', 'worker', 'host1', now(), now() - interval '3 seconds', '{"jobs": 4}')`,
  );
  const { json, code } = await ops.run("lag");
  expect(json).toMatchObject({
    stages: [
      { stage: "materialize", waiting: 1, commands: 1 },
      { stage: "stamp", waiting: 1 },
      { stage: "outbox", waiting: 0 },
    ],
    processes: [{ part: "worker", host: "host1", figures: { jobs: 4 } }],
  });
  expect(code).toBe(0);
  expect((await ops.run("lag", "--no-json")).out).toMatch(/worker +host1 .* ago/);
});

describe("what is stuck", () => {
  test("is nothing at first", async () => {
    expect(await ops.run("stuck", "--no-json")).toMatchObject({ code: 0, out: "Nothing is stuck.\n" });
  });

  test("is named with the reason, and gone after a redrive", async () => {
    await ops.damage(
      OUTBOX("o1", "PENDING"),
      OUTBOX("o2", "FAILED"),
      `update scripts."ScriptStream" set "materializeFailure" = '{"sequence": 17, "code": "x", "message": "No.", "attempts": 3, "at": "2026-01-01T00:00:00Z"}'`,
      `insert into scripts."DomainEvent" ("tenantId", id, type, "correlationId", payload, "occurredAt")
       values ('t1', 'e9', 'Runs.Started.v1', 'c', '{"success": true, "payload": {}}', now() - interval '1 hour')`,
    );
    const { json, code } = await ops.run("stuck");
    const { stuck } = json as { stuck: { kind: string; id: string; why: string }[] };
    expect(stuck.map(({ kind, id }) => `${kind} ${id}`)).toEqual(["script s1", "command o1", "event e9"]);
    expect(stuck[0]!.why).toContain("at command 17, 3 attempt(s): No.");
    expect(code).toBe(2);
  });

  test("is sent back only when asked for, and a dry run sends nothing", async () => {
    const vague = await ops.run("redrive");
    expect(vague).toMatchObject({ code: 1 });
    expect(vague.err).toContain("Say what to send back: --tenant <id>");
    await ops.damage(
      `insert into pgboss.job (name, data) values ('materialize.failed', '{"tenantId": "t1", "scriptId": "s1"}')`,
      `delete from pgboss.job where name = 'materialize'`,
    );
    expect((await ops.run("queues")).json).toMatchObject({ dead: [{ data: { scriptId: "s1" } }] });
    const would = { materialize: [{ scriptId: "s1" }], commands: [{ id: "o2" }] };
    expect((await ops.run("redrive", "--all", "--dry-run")).json).toMatchObject({ dryRun: true, ...would });
    expect(await jobs()).toEqual(["materialize.failed"]);
    expect((await ops.run("redrive", "--all")).json).toMatchObject({ dryRun: false, ...would });
    expect(await jobs()).toEqual(["commands", "materialize"]);
    const { rows } = await ops.owner.query(
      `select status::text from scripts."CommandOutbox" where id = 'o2'`,
    );
    expect(rows).toEqual([{ status: "PENDING" }]);
  });

  async function jobs(): Promise<string[]> {
    const sql = `select name from pgboss.job where state < 'active' order by name`;
    return (await ops.owner.query<{ name: string }>(sql)).rows.map(({ name }) => name);
  }
});

describe("doctor", () => {
  test("finds a healthy database healthy", async () => {
    const { json } = await ops.run("doctor");
    const { diagnoses } = json as { diagnoses: { what: string; result: string; says: string }[] };
    // Whether the schema is that of prisma/catalog.json has tests of its own.
    expect(diagnoses.filter(({ what, result }) => result === "bad" && what !== "schema")).toEqual([]);
    const names = diagnoses.map(({ what }) => what);
    for (const what of [
      "server",
      "clock",
      "connections",
      "role script_api",
      "row-level security",
      "triggers",
      "jobs",
    ])
      expect(names).toContain(what);
  });

  test("names a trigger that is switched off and a table without its wall", async () => {
    await ops.damage(`alter table scripts."RunVariable" no force row level security`);
    await ops.owner.query(`alter table scripts."ScriptCommand" disable trigger "ScriptCommand_append_only"`);
    const { json, code } = await ops.run("doctor");
    const { diagnoses } = json as { diagnoses: { what: string; result: string; says: string }[] };
    expect(diagnoses).toContainEqual({
      what: "triggers",
      result: "bad",
      says: "switched off: ScriptCommand_append_only on ScriptCommand",
    });
    expect(diagnoses).toContainEqual({
      what: "row-level security",
      result: "bad",
      says: "not forced on RunVariable",
    });
    expect(code).toBe(2);
  });
});

describe("jitter", () => {
  const set = (...more: readonly string[]) => ops.run("jitter", "--tenant", "t1", ...more);

  test("is set for a tenant, and shown", async () => {
    expect((await ops.run("jitter", "--no-json")).out).toMatch(/^No tenant has/);
    expect((await set("--min", "5", "--max", "5", "--dry-run")).json).toMatchObject({ dryRun: true });
    expect((await ops.run("jitter")).json).toEqual({ tenants: [] });
    for (const [min, max] of [
      ["0", "20"],
      ["300", "600000"],
    ] as const) {
      expect((await set("--min", min, "--max", max)).code).toBe(0);
      const tenants = [{ tenantId: "t1", jitterMin: Number(min), jitterMax: Number(max) }];
      expect((await set()).json).toMatchObject({ tenants });
    }
    expect((await ops.run("jitter", "--tenant", "t2")).json).toEqual({ tenants: [] });
  });

  test.each([
    ["no tenant", ["--min", "1", "--max", "2"]],
    ["one end", ["--tenant", "t1", "--min", "1"]],
    ["the ends the wrong way round", ["--tenant", "t1", "--min", "2", "--max", "1"]],
    ["more than ten minutes", ["--tenant", "t1", "--min", "1", "--max", "600001"]],
    ["what is no number", ["--tenant", "t1", "--min", "1", "--max", "soon"]],
  ])("is not set with %s", async (_, options) => {
    expect(await ops.run("jitter", ...options)).toMatchObject({ code: 1, out: "" });
  });
});

describe("tokens", () => {
  test("are made, listed without their text, and revoked", async () => {
    const made = await ops.run(
      "tokens",
      "create",
      "--tenant",
      "t1",
      "--label",
      "CI",
      "--role",
      "editor",
      "--actor",
      "ci",
    );
    const { token, id } = made.json as { token: string; id: string };
    const listed = await ops.run("tokens", "list", "--tenant", "t1");
    expect(listed.json).toMatchObject({ tokens: [{ id, label: "CI", role: "editor", revokedAt: null }] });
    expect(listed.out).not.toContain(token);
    expect((await ops.run("tokens", "revoke", id)).json).toMatchObject({ id });
    expect((await ops.run("tokens", "list")).json).toMatchObject({
      tokens: [{ id, revokedAt: expect.any(String) as string }],
    });
  });

  test.each([
    [["--role", "king", "--actor", "a"], /--role "king": .* expected one of "viewer"/],
    [["--role", "editor", "--actor", "Ada Lovelace"], /--actor "Ada Lovelace": .* no spaces/],
    [["--role", "editor", "--actor", "a", "--tenant", "t:1"], /--tenant "t:1": A tenant id has/],
    [["--role", "editor", "--actor", "a", "--actor-type", "BACKFILL"], /--actor-type "BACKFILL": .* "USER"/],
    [
      ["--role", "editor", "--actor", "a", "--actor-type", "AI_AGENT"],
      /An AI agent's token has --role agent/,
    ],
    [["--role", "editor"], /required option '--actor <id>' not specified/],
  ])("are refused with %j", async (options, says) => {
    const { code, err } = await ops.run("tokens", "create", "--tenant", "t1", "--label", "x", ...options);
    expect(err).toMatch(says);
    expect(code).toBe(1);
  });
});
