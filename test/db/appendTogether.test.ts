import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogSessions, type LogSessions } from "../support/logSessions.ts";
import { append, appendRequest, projection } from "../support/rows.ts";
import { refusalOf } from "../support/sqlRefusal.ts";

let sessions: LogSessions;
let api: LogSessions["api"];
let other: LogSessions["other"];
let holder: LogSessions["holder"];
let owner: LogSessions["owner"];
let readHead: LogSessions["readHead"];
let readLog: LogSessions["readLog"];
let readScript: LogSessions["readScript"];
let setMaterialized: LogSessions["setMaterialized"];
let hold: LogSessions["hold"];
let untilWaiting: LogSessions["untilWaiting"];

beforeEach(async () => {
  sessions = await openLogSessions();
  ({ api, other, holder, owner, readHead, readLog, readScript, setMaterialized, hold, untilWaiting } =
    sessions);
});

afterEach(() => sessions.close());

const APPENDED = { kind: "appended", materializeDue: true };
const APPENDED_NOT_DUE = { kind: "appended", materializeDue: false };

describe("a stream that another session holds", () => {
  beforeEach(async () => {
    await append(api, appendRequest({ scriptId: "s1", count: 2 }), appendRequest({ scriptId: "s2" }));
    await hold("s1");
  });

  it("is busy at once, and the other submissions go through", async () => {
    expect(
      await append(
        api,
        appendRequest({ scriptId: "s1", after: 2 }),
        appendRequest({ scriptId: "s2", after: 1 }),
      ),
    ).toEqual([{ kind: "busy" }, APPENDED_NOT_DUE]);
  });

  it("is waited for when that is wanted", async () => {
    const waiting = append(api, appendRequest({ scriptId: "s1", after: 2 }, { wait: true }));
    await untilWaiting(api);
    await holder.query("commit");
    expect(await waiting).toEqual([APPENDED_NOT_DUE]);
  });

  it("is waited for and then compared with the head as it is by then", async () => {
    await holder.query("rollback");
    await other.query("begin");
    await append(other, appendRequest({ scriptId: "s1", after: 2, count: 4 }));
    const waiting = append(api, appendRequest({ scriptId: "s1", after: 2 }, { wait: true }));
    await untilWaiting(api);
    await other.query("commit");
    expect(await waiting).toEqual([{ kind: "conflict", headSequence: 6 }]);
  });

  it("is waited for as long as lock_timeout allows", async () => {
    await api.query("set lock_timeout = 50");
    const waiting = append(api, appendRequest({ scriptId: "s1", after: 2 }, { wait: true }));
    expect((await refusalOf(waiting)).code).toBe("55P03");
  });
});

describe("several submissions in one call", () => {
  beforeEach(async () => {
    await append(api, appendRequest({ scriptId: "s1", count: 2 }), appendRequest({ scriptId: "s2" }));
  });

  it("stand for themselves: those that are refused leave the others", async () => {
    const outcomes = await append(
      api,
      appendRequest({ scriptId: "s1", after: 2 }),
      appendRequest({ scriptId: "s2", after: 9 }),
      appendRequest({ scriptId: "s3" }, { script: projection({ id: "s3", slug: "slug-s1" }) }),
      appendRequest({ scriptId: "s4" }),
    );
    expect(outcomes).toEqual([
      APPENDED_NOT_DUE,
      { kind: "conflict", headSequence: 1 },
      { kind: "slug_taken" },
      APPENDED,
    ]);
    const { rows } = await owner.query(
      `select "scriptId", "headSequence" from scripts."ScriptStream" order by "scriptId"`,
    );
    expect(rows).toEqual([
      { scriptId: "s1", headSequence: 3 },
      { scriptId: "s2", headSequence: 1 },
      { scriptId: "s4", headSequence: 1 },
    ]);
  });

  it("apply in order when they are of one script", async () => {
    await setMaterialized("s1", 2);
    const last = appendRequest({ scriptId: "s1", after: 5 }, { updatedById: "u9" });
    const outcomes = await append(
      api,
      appendRequest({ scriptId: "s1", after: 2, count: 2 }),
      appendRequest({ scriptId: "s1", after: 3 }),
      appendRequest({ scriptId: "s1", after: 4 }),
      last,
    );
    expect(outcomes).toEqual([
      APPENDED,
      { kind: "conflict", headSequence: 4 },
      APPENDED_NOT_DUE,
      APPENDED_NOT_DUE,
    ]);
    expect((await readLog("s1")).map((row) => row.sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await readHead("s1")).toEqual({ headSequence: 6, chainHash: last.chainHash });
    expect(await readScript("s1")).toMatchObject({ updatedById: "u9" });
  });

  it("create a script and go on with it", async () => {
    const last = appendRequest({ scriptId: "s5", after: 1, count: 2 });
    const script = projection({ id: "s5", name: "Renamed", slug: "renamed" });
    expect(
      await append(
        api,
        appendRequest({ scriptId: "s5" }),
        { ...last, script },
        appendRequest({ scriptId: "s5" }),
      ),
    ).toEqual([APPENDED, APPENDED_NOT_DUE, { kind: "conflict", headSequence: 3 }]);
    expect(await readHead("s5")).toEqual({ headSequence: 3, chainHash: last.chainHash });
    expect(await readScript("s5")).toMatchObject({ name: "Renamed", slug: "renamed" });
  });

  it("bring the same command twice: the second is a duplicate of the first", async () => {
    const outcomes = await append(
      api,
      appendRequest({ scriptId: "s1", after: 2, commandIds: ["x", "y"] }),
      appendRequest({ scriptId: "s2", after: 1, commandIds: ["y"] }),
      appendRequest({ scriptId: "s1", after: 4, commandIds: ["z", "y"] }),
    );
    expect(outcomes).toEqual([
      APPENDED_NOT_DUE,
      APPENDED_NOT_DUE,
      { kind: "duplicate", commandId: "y", sequence: 4 },
    ]);
  });

  it("bring the same command twice: the second counts when the first was refused", async () => {
    const outcomes = await append(
      api,
      appendRequest({ scriptId: "s1", after: 1, commandIds: ["x"] }),
      appendRequest({ scriptId: "s1", after: 2, commandIds: ["x"] }),
    );
    expect(outcomes).toEqual([{ kind: "conflict", headSequence: 2 }, APPENDED_NOT_DUE]);
  });

  it("are all undone when one of them is malformed", async () => {
    const malformed = appendRequest({ scriptId: "s2", after: 1 });
    const commands = [{ ...malformed.commands[0]!, sequence: 7 }];
    await refusalOf(append(api, appendRequest({ scriptId: "s1", after: 2 }), { ...malformed, commands }));
    expect([await readHead("s1"), await readHead("s2")]).toMatchObject([
      { headSequence: 2 },
      { headSequence: 1 },
    ]);
  });

  it("tell scripts apart whose tenant and id run together", async () => {
    const [one, two] = [
      appendRequest({ tenantId: "a", scriptId: "bc" }),
      appendRequest({ tenantId: "ab", scriptId: "c" }),
    ];
    expect(await append(api, one, two)).toEqual([APPENDED, APPENDED]);
  });

  it("may be none", async () => {
    expect(await append(api)).toEqual([]);
  });
});

it("reads as few rows of long logs and many scripts as of short and few ones, in a session that saw them grow", async () => {
  // The session plans its statements now, when there is nothing.
  await append(api, appendRequest({ scriptId: "s0", count: 2 }));
  await append(api, appendRequest({ scriptId: "s0", after: 2 }));
  const others = Array.from({ length: 300 }, (_, index) => appendRequest({ scriptId: `m${index}` }));
  await append(other, appendRequest({ scriptId: "s0", after: 3, count: 2_000 }), ...others);
  const before = await countRowsRead();
  for (let after = 2_003; after < 2_013; after++) await append(api, appendRequest({ scriptId: "s0", after }));
  await append(api, appendRequest({ scriptId: "new" }));
  const read = (await countRowsRead()) - before;
  // Eleven appends with a handful of lookups each.
  expect(read).toBeGreaterThan(11);
  expect(read).toBeLessThan(11 * 15);
});

/** Rows and index entries of the tables of schema scripts that were read so far. */
async function countRowsRead(): Promise<number> {
  for (const client of [api, other, owner]) await client.query("select pg_stat_force_next_flush()");
  const { rows } = await owner.query<{ read: string }>(
    `select (select sum(seq_tup_read) from pg_stat_user_tables where schemaname = 'scripts')
      + (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = 'scripts') as read`,
  );
  return Number(rows[0]!.read);
}
