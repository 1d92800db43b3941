import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CheckName } from "../../src/ops/verify/checks.ts";
import { openDatabase, type Database } from "../../src/db/openDatabase.ts";
import { runVerify, type VerifyReport } from "../../src/ops/verify/runVerify.ts";
import { addNode, createScript, updateNode } from "../support/openWriter.ts";
import { openOps, writeStory, type OpsResult, type WrittenOps } from "./support/openOps.ts";

/** Ids of the planted runs, commands and keys. */
const RUN = `insert into scripts."ScriptRun" ("tenantId", id, "scriptId", version, "correlationId", "startedAt", "updatedAt")
  values ('t1', 'r1', 's1', 1, 'c1', now(), now())`;

/**
 * One kind of damage for each promise, as a superuser can do it, and how it is undone. The check must see it, and
 * say where it is.
 */
const DAMAGE: readonly {
  readonly check: CheckName;
  readonly name: string;
  readonly plant: readonly string[];
  readonly says: RegExp;
}[] = [
  {
    check: "sequences-contiguous",
    name: "a command that is gone",
    plant: [`delete from scripts."ScriptCommand" where "scriptId" = 's1' and sequence = 7`],
    says: /After command 6 comes 8/,
  },
  {
    check: "head-is-last",
    name: "a head that is ahead of the log",
    plant: [`update scripts."ScriptStream" set "headSequence" = "headSequence" + 1 where "scriptId" = 's1'`],
    says: /head is \d+, the last command in the log is \d+/,
  },
  {
    check: "head-is-last",
    name: "a head of another history",
    plant: [`update scripts."ScriptStream" set "chainHash" = repeat('a', 64) where "scriptId" = 's1'`],
    says: /hash aaaaaaaaaaaa\.\. is not that of the last command/,
  },
  {
    check: "hash-chain",
    name: "a command by somebody else",
    plant: [
      `update scripts."ScriptCommand" set "actorId" = 'intruder' where "scriptId" = 's1' and sequence = 3`,
    ],
    says: /Command 3 .* does not have the hash/,
  },
  {
    check: "patches",
    name: "a patch that says something else",
    plant: [
      `update scripts."ScriptCommand" set patch = jsonb_set(patch, '{0,value}', '"Forged"')
       where "scriptId" = 's1' and type = 'Scripts.UpdateNode' and sequence = 6`,
    ],
    says: /The patch of command 6 .* does not lead to/,
  },
  {
    check: "patches",
    name: "an inverse patch that does not apply",
    plant: [
      `update scripts."ScriptCommand" set "inversePatch" = '[{"op":"remove","path":"/nodes/nobody"}]'
       where "scriptId" = 's1' and sequence = 6`,
    ],
    says: /The inverse patch of command 6/,
  },
  {
    check: "snapshots-equal-replay",
    name: "a sealed document that was edited",
    plant: [
      `update scripts."ScriptVersion" set "graphJson" = jsonb_set("graphJson", '{nodes,0,data,title}', '"Forged"')
       where "scriptId" = 's1' and version = 1`,
    ],
    says: /Version 1 has another graphJson/,
  },
  {
    check: "snapshots-equal-replay",
    name: "an open draft with the hash of another state",
    plant: [
      `update scripts."ScriptVersion" set "stateHash" = repeat('b', 64) where "scriptId" = 's1' and "sealedAt" is null`,
    ],
    says: /Version 3 has stateHash bbbbbbbbbbbb\.\., a replay gives/,
  },
  {
    check: "snapshots-equal-replay",
    name: "a command that no release knows",
    plant: [
      `update scripts."ScriptCommand" set type = 'Scripts.Nonsense' where "scriptId" = 's1' and sequence = 6`,
    ],
    says: /The type Scripts.Nonsense is not known here/,
  },
  {
    check: "versions-partition-log",
    name: "a hole between two versions",
    plant: [
      `update scripts."ScriptVersion" set "fromSequence" = "fromSequence" + 1 where "scriptId" = 's1' and version = 2`,
    ],
    says: /Version 2 starts at \d+, the one before it ends at/,
  },
  {
    check: "one-open-version",
    name: "two open versions",
    plant: [
      `drop index scripts."ScriptVersion_one_open"`,
      `update scripts."ScriptVersion" set "sealedAt" = null where "scriptId" = 's1' and version = 2`,
    ],
    says: /Versions 2, 3 are all open/,
  },
  {
    check: "one-open-version",
    name: "a draft that nobody sealed and says it is",
    plant: [`update scripts."ScriptVersion" set "sealedAt" = now() where "scriptId" = 's1' and version = 3`],
    says: /Version 3 is sealed, its log says open/,
  },
  {
    check: "snapshots-equal-replay",
    name: "other words about a sealed version",
    plant: [
      `update scripts."ScriptVersion" set changelog = 'Forged' where "scriptId" = 's1' and version = 1`,
    ],
    says: /The changelog of version 1 is "Forged", command 7 says "One"/,
  },
  {
    check: "published-pointer",
    name: "a pointer to the open draft",
    plant: [`update scripts."Script" set "activeVersionId" = 's1-v3' where id = 's1'`],
    says: /points to version 3, which is open/,
  },
  {
    check: "published-pointer",
    name: "a published version that the log knows nothing of",
    plant: [
      `update scripts."ScriptVersion" set "isPublished" = false where "scriptId" = 's1' and version = 1`,
      `update scripts."ScriptVersion" set "isPublished" = true where "scriptId" = 's1' and version = 2`,
      `update scripts."Script" set "activeVersionId" = 's1-v2' where id = 's1'`,
    ],
    says: /points to version 2, its log says 1/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row that is gone",
    plant: [`delete from scripts."ScriptAuditLog" where "scriptId" = 's1' and "fromSequence" = 1`],
    says: /Batch .* \(commands 1 to 5\) has no audit row/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row that names somebody else",
    plant: [
      `update scripts."ScriptAuditLog" set "actorId" = 'scapegoat' where "scriptId" = 's1' and "fromSequence" = 1`,
    ],
    says: /actorId is scapegoat, not u1/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row that calls it something else",
    plant: [
      `update scripts."ScriptAuditLog" set action = 'UPDATE' where "scriptId" = 's1' and "fromSequence" = 1`,
    ],
    says: /action is UPDATE, not CREATE/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row of nothing",
    plant: [
      `insert into scripts."ScriptAuditLog" select (audit).* from (
         select jsonb_populate_record(audit, '{"id": "x1", "batchId": "x1"}') as audit
         from scripts."ScriptAuditLog" audit where "scriptId" = 's1' and "fromSequence" = 1) planted`,
    ],
    says: /There are 8 audit row\(s\) .* for 7 batch\(es\)/,
  },
  {
    check: "listing-equals-log",
    name: "a name that nobody gave",
    plant: [`update scripts."Script" set name = 'Forged' where id = 's1'`],
    says: /name is "Forged", its log says "Script s1"/,
  },
  {
    check: "listing-equals-log",
    name: "a script that somebody else made",
    plant: [`update scripts."Script" set "createdById" = 'scapegoat' where id = 's1'`],
    says: /createdById is "scapegoat", its log says "u1"/,
  },
  {
    check: "feed-contiguous",
    name: "a position that is missing",
    plant: [`delete from scripts."EventFeed" where position = 3`],
    says: /After position 2 of the feed comes 4/,
  },
  {
    check: "feed-contiguous",
    name: "a head that is ahead of the feed",
    plant: [`update scripts."EventFeedHead" set position = position + 2`],
    says: /The feed ends at position \d+, its head says/,
  },
  {
    check: "feed-contiguous",
    name: "an event that was taken for stamped",
    plant: [
      `update scripts."DomainEvent" set "isStamped" = false where ordinal = (select min(ordinal) from scripts."DomainEvent")`,
    ],
    says: /stands at position 1 and is not marked/,
  },
  {
    check: "feed-order",
    name: "two events in each other's places",
    plant: [
      `alter table scripts."EventFeed" drop constraint "EventFeed_tenantId_eventId_fkey"`,
      `drop index scripts."EventFeed_tenantId_eventId_key"`,
      `update scripts."EventFeed" feed set "eventId" = other."eventId" from scripts."EventFeed" other
       where (feed.position, other.position) in ((1, 3), (3, 1))`,
    ],
    says: /Position \d+: /,
  },
  {
    check: "outbox-not-stuck",
    name: "a command that nobody takes",
    plant: [
      `insert into scripts."CommandOutbox" ("tenantId", id, command, "correlationId", "actorJson", "contextJson", "payloadJson",
         "actorType", "actorId", "actorRole", "maxAttempts", "dueAt", "createdAt", "updatedAt")
       values ('t1', 'o1', 'Contacts.Upsert.v1', 'c9', '{}', '{}', '{}', 'USER', 'u1', 'editor', 5,
         now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour')`,
    ],
    says: /Command o1 .* is due since 1 h 0 min and nobody has taken it/,
  },
  {
    check: "idempotency-outcomes",
    name: "an answer without its effect",
    plant: [
      `insert into scripts."IdempotencyKey" ("tenantId", principal, route, key, id, fingerprint, "effectId", status, "headersJson",
         "lockedUntil", "createdAt", "completedAt", "expiresAt")
       values ('t1', 'USER u1', 'POST /commands', 'k1', 'i1', repeat('c', 64), 'e1', 202, '{}', now(), now(), now(), now() + interval '1 day')`,
    ],
    says: /POST \/commands with key k1 was answered with success, but what it made, e1, is not there/,
  },
  {
    check: "idempotency-outcomes",
    name: "an acknowledged command that is not in the log",
    plant: [
      `insert into scripts."IdempotencyKey" ("tenantId", principal, route, key, id, fingerprint, "effectId", status, "headersJson", body,
         "lockedUntil", "createdAt", "completedAt", "expiresAt")
       values ('t1', 'USER u1', 'POST /scripts/{scriptId}/commands', 'k2', 'i2', repeat('c', 64), 'e2', 200, '{}',
         '{"scriptId":"s1","batchId":"b","commands":[{"commandId":"lost","sequence":3}]}', now(), now(), now(), now() + interval '1 day')`,
    ],
    says: /with key k2 acknowledged command lost as 3; in the log it is not/,
  },
  {
    check: "runs-pinned-to-sealed",
    name: "a run of an open version",
    plant: [RUN.replace("'s1', 1", "'s1', 3")],
    says: /Run r1 is pinned to version 3, which is open/,
  },
  {
    check: "tenant-ownership",
    name: "a variable of another tenant's run",
    plant: [
      RUN,
      `insert into scripts."RunVariable" ("tenantId", id, "runId", key, "strVal", "updatedAt") values ('t2', 'v1', 'r1', 'k', 'x', now())`,
    ],
    says: /RunVariable v1 of tenant t2 belongs to run r1, which is tenant t1's/,
  },
];

const folder = mkdtempSync(join(tmpdir(), "script-ops-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("sound data", () => {
  let ops: WrittenOps;
  beforeAll(async () => {
    ops = await openOps();
    await writeStory(ops, "s1");
    await writeStory(ops, "s2");
    await ops.write("s1", { command: "Scripts.UpdateDetails.v1", payload: { name: "Later" } });
  });
  afterAll(() => ops.close());

  test("passes every check", async () => {
    const { code, json, err } = await ops.run("verify");
    expect(err).toBe("");
    expect(json).toMatchObject({ ok: true, complete: true, violations: 0, scripts: 2 });
    const { checks, commands } = json as VerifyReport;
    expect(checks.find(({ check }) => check === "patches")).toMatchObject({ looked: commands });
    expect(checks.filter(({ looked }) => looked === 0).map(({ check }) => check)).toEqual([
      "outbox-not-stuck",
      "idempotency-outcomes",
      "runs-pinned-to-sealed",
    ]);
    expect(code).toBe(0);
  });

  test("is looked at script by script, by time and by chance", async () => {
    const scriptsOf = async (...options: string[]): Promise<number> =>
      ((await ops.run("verify", ...options)).json as VerifyReport).scripts;
    expect(await scriptsOf("--script", "s2")).toBe(1);
    expect(await scriptsOf("--tenant", "nobody")).toBe(0);
    const none = await ops.run("verify", "--tenant", "nobody", "--no-json");
    expect(none).toMatchObject({
      code: 0,
      out: expect.stringContaining("No script was looked at") as string,
    });
    expect(await scriptsOf("--sample", "1")).toBe(1);
    expect(await scriptsOf("--sample", "100%")).toBe(2);
    expect(await scriptsOf("--since", "1d")).toBe(2);
    expect(await scriptsOf("--since", new Date(Date.now() + 60_000).toISOString())).toBe(0);
  });

  test("is not looked at again where a checkpoint says that it was", async () => {
    const file = join(folder, "checkpoint.json");
    const first = await ops.run("verify", "--checkpoint", file, "--parallel", "1");
    const checkpoint = JSON.parse(readFileSync(file, "utf8")) as { after: unknown; commands: number };
    expect(checkpoint.after).toEqual({ tenantId: "t1", scriptId: "s2" });
    const again = await ops.run("verify", "--resume", file);
    expect(again.json).toEqual({ ...(first.json as VerifyReport), ms: expect.any(Number) as number });
    const other = await ops.run("verify", "--resume", file, "--check", "patches");
    expect(other).toMatchObject({ code: 1 });
    expect(other.err).toContain("belongs to a verify with other options");
  });
});

test("a long script is left in the middle when it is stopped, and begun anew when it goes on", async () => {
  const ops = await openOps();
  await ops.append("s0", createScript("s0"));
  await ops.append("s1", createScript("s1"), addNode("a"));
  // More than a page of the log.
  for (let batch = 0; batch < 11; batch++)
    await ops.append(
      "s1",
      ...Array.from({ length: 100 }, (_, at) => updateNode("a", { title: `${batch} ${at}` })),
    );
  const operator = await openOperator(ops.urls.operatorUrl);
  const stopped = new AbortController();
  const input = {
    checks: new Set<CheckName>(["hash-chain"]),
    selection: { tenantId: null, scriptId: null, since: null, sample: null, seed: "" },
    parallel: 1,
    maxExamples: 1,
    stuckAfterMs: 1,
    checkpoint: join(folder, "stopped.json"),
  };
  const deps = { prisma: operator.prisma, now: () => new Date(), stopping: stopped.signal };
  const onCommands = (count: number): void => void (count > 1 && stopped.abort());
  const half = await runVerify({ ...deps, onCommands }, input);
  expect(half).toMatchObject({ complete: false, scripts: 1, commands: 1 });
  const going = { ...deps, stopping: new AbortController().signal, onCommands: () => undefined };
  expect(await runVerify(going, input)).toMatchObject({
    ok: true,
    complete: true,
    scripts: 2,
    commands: 1_103,
  });
  await operator.close();
  await ops.close();
});

async function openOperator(url: string): Promise<Database> {
  return openDatabase({ url, role: "script_operator", poolSize: 2, applicationName: "test" });
}

describe("damage is found", () => {
  let ops: WrittenOps;
  let frozen: Awaited<ReturnType<WrittenOps["freeze"]>>;
  beforeAll(async () => {
    ops = await openOps();
    await writeStory(ops, "s1");
    frozen = await ops.freeze();
  });
  afterAll(() => ops.close());

  test.each(DAMAGE)("$check: $name", async ({ check, plant, says }) => {
    const copy = await frozen.copy();
    try {
      expect(await copy.run("verify", "--check", check)).toMatchObject({ code: 0 });
      await copy.damage(...plant);
      const found = await copy.run("verify", "--check", check);
      expect(examplesOf(found)).toContainEqual(expect.stringMatching(says));
      expect(found.code).toBe(2);
      const human = await copy.run("verify", "--check", check, "--no-json");
      expect(human.out).toMatch(says);
      expect(human.out).toContain("FAILED");
    } finally {
      await copy.close();
    }
  });

  test("but not where a kept answer only says what would be appended", async () => {
    const copy = await frozen.copy();
    try {
      const { plant } = DAMAGE.find(({ name }) => name === "an acknowledged command that is not in the log")!;
      await copy.damage(...plant.map((sql) => sql.replace('"batchId":"b"', '"batchId":"b","dryRun":true')));
      expect(await copy.run("verify", "--check", "idempotency-outcomes")).toMatchObject({ code: 0 });
    } finally {
      await copy.close();
    }
  });

  test("and counted as a whole while a few examples are shown", async () => {
    const copy = await frozen.copy();
    try {
      await copy.damage(`update scripts."ScriptCommand" set note = 'forged' where "scriptId" = 's1'`);
      const { json } = await copy.run("verify", "--check", "hash-chain", "--examples", "2");
      const [result] = (json as VerifyReport).checks;
      expect(result!.violations).toBeGreaterThan(5);
      expect(result!.examples).toHaveLength(2);
    } finally {
      await copy.close();
    }
  });
});

function examplesOf({ json }: OpsResult): string[] {
  return (json as VerifyReport).checks.flatMap(({ examples }) => examples.map(({ message }) => message));
}
