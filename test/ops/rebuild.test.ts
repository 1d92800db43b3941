import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RebuildReport } from "../../src/ops/rebuild/runRebuild.ts";
import { updateNode } from "../support/openWriter.ts";
import { connect, refusalOf, refused } from "../support/sqlRefusal.ts";
import { DERIVED, LEFT_ALONE } from "./support/rebuildDamage.ts";
import { startProgram } from "./support/runProgram.ts";
import { openOps, writeStory, type Ops, type OpsResult, type WrittenOps } from "./support/openOps.ts";

let source: WrittenOps;
let frozen: Awaited<ReturnType<WrittenOps["freeze"]>>;
beforeAll(async () => {
  source = await openOps();
  await writeStory(source, "s1");
  await writeStory(source, "s2");
  // What the worker has not come to yet is left to it.
  await source.append("s2", updateNode("a", { title: "Not yet" }));
  frozen = await source.freeze();
});
afterAll(() => source.close());

async function withCopy(work: (ops: Ops) => Promise<void>): Promise<void> {
  const copy = await frozen.copy();
  try {
    await work(copy);
  } finally {
    await copy.close();
  }
}

const FORGE_DRAFT = `update scripts."ScriptVersion" set "graphJson" = '{"forged": true}' where "sealedAt" is null and "scriptId" = 's1'`;
const FORGE_SEALED = `update scripts."ScriptVersion" set "graphJson" = '{"forged": true}' where version = 1 and "scriptId" = 's1'`;

/** Everything that a rebuild must leave alone. */
async function countOthers({ owner }: Ops): Promise<unknown> {
  const { rows } = await owner.query(
    `select (select count(*)::int from scripts."DomainEvent") as events, (select count(*)::int from scripts."ScriptAuditLog") as audit,
       (select count(*)::int from scripts."CommandOutbox") as outbox, (select count(*)::int from pgboss.job) as jobs,
       (select count(*)::int from scripts."ScriptCommand") as commands`,
  );
  return rows[0];
}

async function graphOf({ owner }: Ops, version: number): Promise<unknown> {
  const sql = `select "graphJson" from scripts."ScriptVersion" where "scriptId" = 's1' and version = $1`;
  return (await owner.query<{ graphJson: unknown }>(sql, [version])).rows[0]?.graphJson;
}

test("asks what to rebuild", async () => {
  await withCopy(async (ops) => {
    const { code, err } = await ops.run("rebuild");
    expect(err).toContain("Say what to rebuild: --script <id>, --tenant <id>, or --all.");
    expect(code).toBe(1);
  });
});

test("says that the database is of another release, where a query fails on it", async () => {
  await withCopy(async (ops) => {
    await ops.owner.query(`drop table scripts."RebuildProgress"; drop schema pgboss cascade`);
    for (const argv of [["rebuild", "--all"], ["queues"]]) {
      const { code, out, err } = await ops.run(...argv);
      expect(err).toMatch(
        /The database is not that of this release: The table scripts.RebuildProgress is missing. And \d+ more/,
      );
      expect({ code, out }).toEqual({ code: 1, out: "" });
    }
    expect((await ops.run("verify")).code).toBe(0);
  });
});

test("finds sound versions the same, and leaves no trace elsewhere", async () => {
  await withCopy(async (ops) => {
    const before = await countOthers(ops);
    const { json, code } = await ops.run("rebuild", "--all");
    expect(json).toMatchObject({
      complete: true,
      scripts: 2,
      same: 2,
      switched: 0,
      kept: 0,
      differences: [],
    });
    expect(code).toBe(0);
    expect(await countOthers(ops)).toEqual(before);
  });
});

test("puts a draft right, and a version that is gone; a dry run only says so", async () => {
  await withCopy(async (ops) => {
    await ops.damage(
      FORGE_DRAFT,
      `delete from scripts."ScriptVersion" where version = 2 and "scriptId" = 's1'`,
    );
    const before = await countOthers(ops);
    const differences = [
      { scriptId: "s1", version: 2, difference: "missing", keptBecause: null },
      { scriptId: "s1", version: 3, difference: "graphJson", keptBecause: null },
    ];
    const would = await ops.run("rebuild", "--script", "s1", "--dry-run");
    expect(would).toMatchObject({ code: 2, json: { differences } });
    expect(await graphOf(ops, 3)).toEqual({ forged: true });
    const done = await ops.run("rebuild", "--script", "s1");
    expect(done).toMatchObject({ code: 0, json: { switched: 1, differences } });
    expect(await countOthers(ops)).toEqual(before);
    expect((await ops.run("verify")).json).toMatchObject({ ok: true });
  });
});

test("tells of a version that the log knows nothing of, and deletes nothing", async () => {
  await withCopy(async (ops) => {
    await ops.damage(
      `insert into scripts."ScriptVersion" select (planted).* from (
         select jsonb_populate_record(old, '{"id": "x", "version": 9, "isPublished": false}') as planted
         from scripts."ScriptVersion" old where "scriptId" = 's1' and version = 2) made`,
    );
    const { json, code } = await ops.run("rebuild", "--script", "s1");
    expect(json).toMatchObject({ kept: 1, differences: [{ version: 9, difference: "not in the log" }] });
    expect(code).toBe(2);
  });
});

describe("a sealed version that would change", () => {
  test.each([
    [
      "its words",
      `update scripts."ScriptVersion" set changelog = 'Forged', "createdById" = 'x' where version = 1`,
      1,
    ],
    ["its end", `update scripts."ScriptVersion" set "toSequence" = "toSequence" - 1 where version = 2`, 2],
    [
      "its seal, which the log never set",
      `update scripts."ScriptVersion" set "sealedAt" = now() where version = 3`,
      3,
    ],
  ])("in %s is put right once it is accepted", async (_, plant, version) => {
    await withCopy(async (ops) => {
      await ops.damage(`${plant} and "scriptId" = 's1'`);
      expect(await ops.run("rebuild", "--all")).toMatchObject({
        code: 2,
        json: {
          kept: 1,
          differences: [{ version, isSealed: true, keptBecause: expect.any(String) as string }],
        },
      });
      expect((await ops.run("verify")).code).toBe(2);
      const accepted = await ops.run("rebuild", "--accept", `s1:${version}`, "--reason", "A bad restore");
      expect(accepted).toMatchObject({ code: 0, json: { switched: 1, kept: 0 } });
      expect((await ops.run("verify")).json).toMatchObject({ ok: true });
    });
  });

  test("is shown and kept, with the whole script, until somebody accepts it with a reason", async () => {
    await withCopy(async (ops) => {
      await ops.damage(FORGE_SEALED, FORGE_DRAFT);
      const early = await ops.run("rebuild", "--accept", "s1:1", "--reason", "x");
      expect(early.err).toContain("No rebuild has found version 1 of s1 to differ");
      const kept = await ops.run("rebuild", "--all");
      expect(kept).toMatchObject({
        code: 2,
        json: {
          kept: 1,
          same: 1,
          differences: [
            { version: 1, isSealed: true, keptBecause: "it is sealed, and nobody has accepted the change" },
            { version: 3, isSealed: false, keptBecause: "another difference of the script is kept" },
          ],
        },
      });
      expect(await graphOf(ops, 3)).toEqual({ forged: true });
      expect((await ops.run("rebuild", "--accept", "s1:1")).err).toContain("Say why with --reason");
      const accepted = await ops.run(
        "rebuild",
        "--accept",
        "s1:1",
        "--reason",
        "A bad restore",
        "--by",
        "ann",
      );
      expect(accepted).toMatchObject({ code: 0, json: { switched: 1, kept: 0 } });
      const { rows } = await ops.owner.query(
        `select version, "actorType"::text, "actorId", note from scripts."ScriptAuditLog" where "batchId" like 'rebuild:%'`,
      );
      expect(rows).toEqual([{ version: 1, actorType: "SYSTEM", actorId: "ann", note: "A bad restore" }]);
      expect((await ops.run("verify")).json).toMatchObject({ ok: true });
    });
  });

  test("is refused by the database when nobody accepted it, when it becomes something else, and a second time", async () => {
    await withCopy(async (ops) => {
      await ops.damage(FORGE_SEALED);
      await ops.run("rebuild", "--all");
      const worker = await connect(ops.urls.workerUrl);
      const operator = await connect(ops.urls.operatorUrl);
      const take = (graph = 'made."graphJson"'): Promise<unknown> =>
        worker.query(
          `update scripts."ScriptVersion" live set "graphJson" = ${graph} from scripts."ScriptVersionRebuild" made
           where live."scriptId" = 's1' and live.version = 1 and made."scriptId" = 's1' and made.version = 1`,
        );
      const sealed = refused("SC003", /version 1 of script s1/);
      expect(await refusalOf(take())).toEqual(sealed);
      const allow = `update scripts."ScriptVersionRebuild" set "acceptedAt" = now(), "acceptedById" = 'ann', reason = 'why'`;
      expect(await refusalOf(worker.query(allow))).toEqual(refused("42501", /permission denied/));
      await operator.query(allow);
      expect(await refusalOf(take(`'{"other": 1}'`))).toEqual(sealed);
      await take();
      await worker.query(`update scripts."ScriptVersionRebuild" set "switchedAt" = now()`);
      expect(await refusalOf(take(`'{"other": 1}'`))).toEqual(sealed);
      await worker.end();
      await operator.end();
    });
  });
});

test.each(DERIVED)("puts right: %s", async (_, plant, difference) => {
  await withCopy(async (ops) => {
    await ops.damage(...plant);
    const before = await countOthers(ops);
    expect((await ops.run("verify")).code).toBe(2);
    const would = await ops.run("rebuild", "--all", "--dry-run");
    expect(would.code).toBe(2);
    expect(differencesOf(would)).toContainEqual(expect.objectContaining({ difference, keptBecause: null }));
    expect((await ops.run("verify")).code).toBe(2);
    const done = await ops.run("rebuild", "--all");
    expect(done.code).toBe(0);
    expect(differencesOf(done)).toEqual(differencesOf(would));
    expect(await countOthers(ops)).toEqual(before);
    expect((await ops.run("verify")).json).toMatchObject({ ok: true });
    expect((await ops.run("rebuild", "--all")).json).toMatchObject({ same: 2 });
  });
});

function differencesOf({ json }: OpsResult): RebuildReport["differences"] {
  return (json as RebuildReport).differences;
}

test("puts slugs right that two scripts have of each other, one after the other", async () => {
  await withCopy(async (ops) => {
    await ops.damage(
      `update scripts."Script" set slug = 'gone' where id = 's1'`,
      `update scripts."Script" set slug = 's1' where id = 's2'`,
    );
    const first = await ops.run("rebuild", "--all");
    expect(first).toMatchObject({ code: 2, json: { kept: 1, switched: 1 } });
    expect(differencesOf(first)[0]!.keptBecause).toMatch(/^another script of the tenant has its slug/);
    expect(await ops.run("rebuild", "--all")).toMatchObject({ code: 0, json: { switched: 1, same: 1 } });
    expect((await ops.run("verify")).json).toMatchObject({ ok: true });
  });
});

test.each(LEFT_ALONE)("tells of $name, leaves it, and goes on", async ({ plant, says, wayOut }) => {
  await withCopy(async (ops) => {
    const forged = `update scripts."Script" set name = 'Forged' where id = 's2'`;
    await ops.damage(...plant, forged);
    const told = await ops.run("rebuild", "--all");
    expect(told).toMatchObject({ code: 2, json: { complete: true, kept: 1, switched: 1 } });
    const kept = differencesOf(told).find(({ blocks, what }) => blocks || what === "stream")!;
    expect(kept).toMatchObject({ scriptId: "s1", keptBecause: expect.stringMatching(says) as string });
    const { rows } = await ops.owner.query<{ name: string }>(`select name from scripts."Script" order by id`);
    const isForged = plant.some((sql) => sql.includes("Forged"));
    expect(rows.map(({ name }) => name)).toEqual([isForged ? "Forged" : "Script s1", "Script s2"]);
    if (!wayOut) return;
    await ops.damage(wayOut(kept.keptBecause!));
    await ops.run("rebuild", "--all");
    expect((await ops.run("verify")).json).toMatchObject({ ok: true });
  });
});

test("goes on behind the last script after kill -9", async () => {
  await withCopy(async (ops) => {
    await ops.damage(
      `update scripts."ScriptVersion" set "graphJson" = '{"forged": true}' where "sealedAt" is null`,
    );
    const { child, ended } = startProgram(["rebuild", "--all", "--rate", "4"], {
      OPERATOR_DATABASE_URL: ops.urls.operatorUrl,
      WORKER_DATABASE_URL: ops.urls.workerUrl,
    });
    const progress = async () =>
      (
        await ops.owner.query<{ id: string; scripts: number }>(
          `select id, scripts from scripts."RebuildProgress"`,
        )
      ).rows[0];
    await expect.poll(async () => (await progress())?.scripts, { timeout: 25_000, interval: 50 }).toBe(1);
    child.kill("SIGKILL");
    await ended;
    const { id } = (await progress())!;
    expect((await ops.run("verify", "--check", "snapshots-equal-replay")).json).toMatchObject({
      violations: 1,
    });
    const resumed = await ops.run("rebuild", "--resume", id);
    expect(resumed.json).toMatchObject({ rebuildId: id, complete: true, scripts: 2, switched: 2 });
    expect((await ops.run("verify")).json).toMatchObject({ ok: true });
    expect((await ops.run("rebuild", "--resume", id)).err).toContain("has come to its end");
  });
}, 60_000);

test("ends at once on Ctrl-C, in the middle of a script and however slow it was told to be", async () => {
  await withCopy(async (ops) => {
    await ops.damage(FORGE_DRAFT);
    const { err, out, child, ended } = startProgram(["rebuild", "--all", "--rate", "1"], {
      OPERATOR_DATABASE_URL: ops.urls.operatorUrl,
      WORKER_DATABASE_URL: ops.urls.workerUrl,
    });
    await expect.poll(err, { timeout: 25_000 }).toContain("If it is stopped, go on with --resume");
    child.kill("SIGINT");
    expect(await ended).toBe(1);
    expect(JSON.parse(out())).toMatchObject({ complete: false, scripts: 0, switched: 0 });
    expect(await graphOf(ops, 3)).toEqual({ forged: true });
  });
}, 60_000);

test("edits go on meanwhile, and what comes out is sound", async () => {
  const ops = await openOps();
  try {
    await writeStory(ops, "s1");
    await ops.damage(FORGE_DRAFT);
    const done = new AbortController();
    const edits = (async () => {
      for (let edit = 0; edit < 200 && !done.signal.aborted; edit++)
        await ops.write("s1", updateNode("a", { title: `Edit ${edit}` }));
    })();
    const results = [];
    for (let round = 0; round < 5; round++) results.push((await ops.run("rebuild", "--all")).code);
    done.abort();
    await edits;
    expect(results.every((code) => code === 0 || code === 2)).toBe(true);
    expect((await ops.run("rebuild", "--all")).json).toMatchObject({ kept: 0 });
    expect((await ops.run("verify")).json).toMatchObject({ ok: true });
  } finally {
    await ops.close();
  }
});
