import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as pass } from "node:timers/promises";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { addNode, createScript, openWriter, updateNode, type Writer } from "../support/openWriter.ts";
import { expectSoundLog } from "../support/expectSoundLog.ts";

let database: TestDatabase;
let writer: Writer;
let owner: pg.Client;
const children: ChildProcess[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
  writer = await openWriter(database.apiUrl);
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await writer.submit("s1", [createScript("s1"), addNode("n1")]);
  await writer.submit("s2", [createScript("s2"), addNode("n1")]);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await writer.close();
  await owner.end();
  await database.drop();
});

interface Acknowledged {
  readonly commandId: string;
  readonly sequence: number;
}

/** Starts an appender process; what it has acknowledged so far grows in `acknowledged`. */
function startAppender(task: { scriptId: string; writers: number; edits: number; name: string }) {
  const child = spawn(
    process.execPath,
    ["test/support/appenderProcess.ts", JSON.stringify({ apiUrl: database.apiUrl, ...task })],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(child);
  const acknowledged: Acknowledged[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as Acknowledged | { ready: true };
    if ("sequence" in message) acknowledged.push(message);
    for (const one of waiting) if (acknowledged.length >= one.count) one.resolve();
  });
  return {
    child,
    acknowledged,
    ended: new Promise<number | null>((resolve) => child.on("close", resolve)),
    /** Resolves when this many were acknowledged. */
    reaches: (count: number) => new Promise<void>((resolve) => waiting.push({ count, resolve })),
  };
}

describe("two processes with 16 writers each on one script", () => {
  it("give each command one sequence, lose none and leave no gap", async () => {
    const appenders = ["a", "b"].map((name) =>
      startAppender({ scriptId: "s1", writers: 16, edits: 12, name }),
    );
    expect(await Promise.all(appenders.map((one) => one.ended))).toEqual([0, 0]);
    const acknowledged = appenders.flatMap((one) => one.acknowledged);
    expect(acknowledged).toHaveLength(2 * 16 * 12);
    const log = await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId: "s1" });
    expect(log).toHaveLength(2 + 2 * 16 * 12);
    for (const { commandId, sequence } of acknowledged) expect(log[sequence - 1]?.commandId).toBe(commandId);
  });

  it("have exactly one winner when all expect the same sequence", async () => {
    const other = await openWriter(database.apiUrl);
    const outcomes = await Promise.all(
      Array.from({ length: 32 }, (_, number) =>
        (number % 2 ? writer : other).submit("s1", [updateNode("n1", { by: number })], {
          expectedSequence: 2,
        }),
      ),
    );
    await other.close();
    const kinds = outcomes.map((outcome) => outcome.kind).toSorted();
    expect(kinds).toEqual(["accepted", ...Array.from({ length: 31 }, () => "conflict")]);
    expect(await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId: "s1" })).toHaveLength(3);
  });
});

describe("a killed process", () => {
  it("leaves every acknowledged command in the log, once", async () => {
    const appender = startAppender({ scriptId: "s1", writers: 8, edits: 10_000, name: "k" });
    await appender.reaches(100);
    appender.child.kill("SIGKILL");
    await appender.ended;
    const log = await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId: "s1" });
    for (const { commandId, sequence } of appender.acknowledged)
      expect(log[sequence - 1]?.commandId).toBe(commandId);
    expect(await writer.submit("s1", [updateNode("n1", { after: true })])).toMatchObject({
      kind: "accepted",
    });
  });
});

describe("database connections that break", () => {
  it("make nobody lose an acknowledged command or append one twice", async () => {
    const stop = new AbortController();
    const acknowledged: string[] = [];
    const kills: number[] = [];
    const killer = (async () => {
      for (let next = 0; !stop.signal.aborted; await pass(40)) {
        // Where much else is going on, a connection takes longer to open than any pause: let some through first.
        if (acknowledged.length < next) continue;
        next = acknowledged.length + 8;
        const { rowCount } = await owner.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'test-writer'",
        );
        if (rowCount) kills.push(rowCount);
      }
    })();
    await Promise.all(
      Array.from({ length: 8 }, async (_, number) => {
        for (let sent = 0; sent < 25 || kills.length < 5; sent++) {
          const commandId = `c${number}-${sent}`;
          // As a client would: the same command again until the answer is known.
          for (;;) {
            const outcome = await writer
              .submit("s1", [{ ...updateNode("n1", { [`w${number}`]: commandId }), commandId }])
              .catch(() => undefined);
            if (outcome?.kind === "accepted") break;
          }
          acknowledged.push(commandId);
        }
      }),
    );
    stop.abort();
    await killer;
    const log = await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId: "s1" });
    const inLog = log.map((row) => row.commandId).filter((commandId) => commandId.startsWith("c"));
    expect(inLog.toSorted()).toEqual(acknowledged.toSorted());
  });
});

describe("a transaction that holds a script's stream row", () => {
  it("holds up that script only, and its edits go on when it ends", async () => {
    await owner.query("begin");
    await owner.query(`select 1 from scripts."ScriptStream" where "scriptId" = 's1' for update`);
    const held = writer.submit("s1", [updateNode("n1", { a: 1 })]);
    for (let count = 0; count < 20; count++)
      expect(await writer.submit("s2", [updateNode("n1", { count })])).toMatchObject({ kind: "accepted" });
    await owner.query("rollback");
    expect(await held).toMatchObject({ kind: "accepted", result: { headSequence: 3 } });
  });

  it("makes a caller hear after five seconds that the script is busy", async () => {
    await owner.query("begin");
    await owner.query(`select 1 from scripts."ScriptStream" where "scriptId" = 's1' for update`);
    expect(await writer.submit("s1", [updateNode("n1", { a: 1 })])).toEqual({
      kind: "stream_busy",
      retryAfterMs: 1_000,
    });
    await owner.query("rollback");
  });
});

describe("an edit that is decided on another one which never reaches the log", () => {
  it("is decided again, on what the log says", async () => {
    const other = await openWriter(database.apiUrl);
    await writer.submit("s1", [updateNode("n1", { warm: true })]);
    // Moves the head behind the writer's back: all of the following were decided on a tip that lost.
    await other.submit("s1", [updateNode("n1", { behind: "its back" })]);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, number) => writer.submit("s1", [addNode(`m${number}`)])),
    );
    await other.close();
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(Array.from({ length: 10 }, () => "accepted"));
    expect(await expectSoundLog(writer.prisma, { tenantId: "t1", scriptId: "s1" })).toHaveLength(14);
  });
});
