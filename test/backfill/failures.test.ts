import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pino } from "pino";
import { freeze } from "../../migrations-backfill/core/freeze.ts";
import { thawSql } from "../../migrations-backfill/core/legacyTables.ts";
import { start } from "../../migrations-backfill/core/start.ts";
import { drive } from "../../migrations-backfill/core/drive.ts";
import type { BatchDeps } from "../../migrations-backfill/core/batch.ts";
import { guidance } from "../../migrations-backfill/guidance/definition.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { openMove, type TestMove } from "./support/openMove.ts";
import { begin, driveToEnd, expectDone, moveAll, readWritten, verifyAll, waiveAll } from "./support/steps.ts";

let move: TestMove;

beforeEach(async () => {
  move = await openMove({ data: { scripts: 6, trapsEach: 0 } });
});
afterEach(async () => {
  await move.stop();
});

/** Ids of the legacy scripts in the order in which they are walked. */
async function walkedIds(): Promise<string[]> {
  const { rows } = await move.owner.query<{ id: string }>(`select "id" from guidance."Script" order by "id"`);
  return rows.map(({ id }) => id);
}

/** From now on the database does something whenever commands of a script are appended. */
async function whenAppended(scriptId: string, what: string): Promise<void> {
  await move.owner.query(`
    create function public.get_in_the_way() returns trigger language plpgsql as $$
      begin ${what}; return new; end $$;
    create trigger in_the_way before insert on scripts."ScriptCommand"
      for each row when (new."scriptId" = '${scriptId}') execute function public.get_in_the_way()`);
}

describe("a batch that fails", () => {
  test("on a statement's time limit is split down to the one row, which is put aside; the rest moves", async () => {
    const id = (await walkedIds())[3]!;
    await whenAppended(id, "perform pg_sleep(5)");
    const impatient = await openDatabase({
      url: move.database.workerUrl,
      role: "script_worker",
      poolSize: 2,
      applicationName: "test-impatient",
      timeouts: { statementTimeoutMs: 400 },
    });
    const sizes: unknown[] = [];
    const log = pino(
      { level: "warn" },
      { write: (line: string) => void sizes.push((JSON.parse(line) as { rows: number }).rows) },
    );
    try {
      await begin(move.deps);
      await driveToEnd({ ...move.deps, prisma: impatient.prisma, log });
    } finally {
      await impatient.close();
    }
    // Six rows, then halves, then the row alone, three times.
    expect(sizes).toEqual([6, 3, 2, 1, 1, 1]);
    expect(
      await move.deps.prisma.backfillQuarantine.findMany({
        select: { code: true, legacyTable: true, legacyId: true },
      }),
    ).toEqual([
      { legacyTable: "Script", legacyId: id, code: "row_failed" },
      // What hangs on it stays behind too, and says so.
      { legacyTable: "ScriptRun", legacyId: expect.any(String) as string, code: "run_script_not_moved" },
    ]);
    expect(await move.deps.prisma.scriptStream.count()).toBe(5);
    // Once it is put right, a start moves what stayed behind and empties the quarantine.
    await move.owner.query(`drop trigger in_the_way on scripts."ScriptCommand"`);
    await moveAll(move.deps);
    expect(await move.deps.prisma.backfillQuarantine.groupBy({ by: ["status"], _count: true })).toEqual([
      { status: "RESOLVED", _count: 2 },
    ]);
    expect(await verifyAll(move.deps)).toEqual([]);
  });

  test("on what the database refuses moves all but that row", async () => {
    const id = (await walkedIds())[2]!;
    await whenAppended(id, "raise exception 'not this one'");
    await moveAll(move.deps);
    const rows = await move.deps.prisma.backfillQuarantine.findMany({ where: { code: "row_failed" } });
    expect(rows.map(({ legacyId, message }) => [legacyId, message.includes("not this one")])).toEqual([
      [id, true],
    ]);
    expect(await move.deps.prisma.scriptStream.count()).toBe(5);
  });

  test("on many rows in a row pauses the move, because it is not the rows", async () => {
    await move.stop();
    move = await openMove({ data: { scripts: 25, trapsEach: 0, runs: 0, versions: 1 } });
    await move.owner.query(`
      create function public.get_in_the_way() returns trigger language plpgsql as $$
        begin raise exception 'nobody'; end $$;
      create trigger in_the_way before insert on scripts."ScriptCommand"
        for each row execute function public.get_in_the_way()`);
    await begin(move.deps);
    expect((await driveToEnd(move.deps)).at(-1)).toEqual({ kind: "stopped", status: "PAUSED" });
    expect(await move.deps.prisma.backfillQuarantine.count()).toBe(20);
  });

  test("because its connection is cut is made again, and no row is blamed", async () => {
    await begin(move.deps, { batchSize: 2 });
    let rows = 0;
    const pause: BatchDeps["pause"] = async (point) => {
      if (point !== "row_written" || ++rows !== 3) return;
      await move.owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'test-move' and datname = current_database()`,
      );
    };
    for await (const step of drive({ ...move.deps, pause }, guidance)) expect(step.kind).not.toBe("stopped");
    expect(await readWritten(move.deps)).toMatchObject({ quarantined: 0, runs: 6 });
    expect(await verifyAll(move.deps)).toEqual([]);
  });
});

describe("the legacy tables", () => {
  test("refuse writes from everybody once the move has begun, and take them before and after", async () => {
    const insert = `insert into guidance."ScriptAnswer" ("id", "runId", "nodeKey", "value") values ('a1', 'r1', 'n1', '1')`;
    const refusal = { code: "SC010" };
    await move.owner.query(insert);
    await moveAll(move.deps);
    await expect(move.owner.query(insert.replace("a1", "a2"))).rejects.toMatchObject(refusal);
    await expect(move.owner.query(`update guidance."Script" set "title" = 'x'`)).rejects.toMatchObject(
      refusal,
    );
    await expect(move.owner.query(`delete from guidance."ScriptNode"`)).rejects.toMatchObject(refusal);
    await expect(move.owner.query(`truncate guidance."ScriptRun"`)).rejects.toMatchObject(refusal);
    // Not even where triggers are left out, as for replication.
    await move.owner.query("set session_replication_role = replica");
    await expect(move.owner.query(`delete from guidance."ScriptNode"`)).rejects.toMatchObject(refusal);
    await move.owner.query("set session_replication_role = origin");
  });

  test("that change behind the move are seen by verify, and a start moves what can follow", async () => {
    const [deleted, changed, sealed] = await walkedIds();
    await moveAll(move.deps);
    expect(await verifyAll(move.deps)).toEqual([]);
    await move.deps.runOwnerSql(thawSql(guidance.legacy));
    await move.owner.query(`
      insert into guidance."Script" ("id", "tenantId", "key", "title", "updatedAt")
        values ('00000000-new', 'tenant-1', 'new-one', 'New', '2024-05-05');
      update guidance."Script" set "title" = 'Another' where "id" = '${changed}';
      update guidance."ScriptNode" set "title" = 'Another' where "key" = 'n1' and "scriptVersionId" in
        (select "id" from guidance."ScriptVersion" where "scriptId" = '${sealed}');
      delete from guidance."ScriptVersion" where "scriptId" = '${deleted}';
      delete from guidance."Script" where "id" = '${deleted}'`);
    const failures = await verifyAll(move.deps);
    expect(failures).toEqual(
      expect.arrayContaining([
        // The new one, the one with another title, and the one whose sealed version is another.
        '"scripts_agree" is broken by 3 row(s).',
        '"every_script_is_somewhere" is broken by 1 row(s).',
        expect.stringMatching(/"moved_rows_have_their_legacy_rows" is broken/),
        '"legacy_tables_are_frozen" is broken by 7 row(s).',
      ]),
    );
    const check = await move.deps.prisma.backfillCheck.findUniqueOrThrow({
      where: { backfill_invariant: { backfill: "guidance", invariant: "scripts_agree" } },
    });
    const ids = (check.examples as { legacyId: string }[]).map(({ legacyId }) => legacyId);
    expect(ids.toSorted()).toEqual(["00000000-new", changed!, sealed!].toSorted());

    // What takes writes is not walked: what changed behind the cursor would stay as it was.
    expect(await start(move.deps, guidance)).toMatchObject({
      kind: "refused",
      reasons: [expect.stringMatching(/The legacy tables take writes \(Script, .*\): "freeze" first/)],
    });
    expectDone(await freeze(move.deps, guidance));
    await moveAll(move.deps);
    // A log cannot follow what is sealed: that one stays as it was moved, until somebody signs for it.
    expect(
      await move.deps.prisma.backfillQuarantine.findMany({
        where: { status: "OPEN", legacyTable: "Script" },
      }),
    ).toMatchObject([{ legacyId: sealed, code: "changed_since_moved" }]);
    await waiveAll(move.deps);
    const left = await verifyAll(move.deps);
    expect(left).toEqual([expect.stringMatching(/"moved_rows_have_their_legacy_rows" is broken/)]);
    expect(await move.deps.prisma.script.findFirst({ where: { id: changed! } })).toMatchObject({
      name: "Another",
    });
  });
});
