import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OutboxPausePoint } from "../../src/outbox/pausePoint.ts";
import { killAt } from "../support/killAt.ts";
import { connect } from "../support/sqlRefusal.ts";
import { untilBlocked } from "../support/untilBlocked.ts";
import { EFFECT, effectHandler } from "./support/effectHandler.ts";
import { openOutbox, SWEEP, type Outbox } from "./support/openOutbox.ts";
import type { WorkerTask } from "./support/workerProcess.ts";

const DO = "Test.Do.v1";
/** Takes every job whose worker gave no sign of life this very moment for one of a dead worker. */
const IMPATIENT = { sweep: { ...SWEEP, graceMs: 0, deadAfterMs: 0 } };
let outbox: Outbox;

beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

/** Kills a worker process where it stands still in its first attempt. */
async function killWorkerAt(pauseAt: OutboxPausePoint): Promise<void> {
  const task: WorkerTask = { workerUrl: outbox.database.workerUrl, pauseAt };
  await killAt("test/outbox/support/workerProcess.ts", task);
}

/** Holds every attempt of a worker at a point until it is released. */
function holdAt(at: OutboxPausePoint) {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const pause = async (point: OutboxPausePoint) => {
    if (point !== at) return;
    reached.resolve();
    await released.promise;
  };
  return { pause, reached: reached.promise, release: released.resolve };
}

/** Resolves when an attempt found that it may not settle its row. */
async function untilSuperseded(): Promise<void> {
  const isSo = () => outbox.logged.some((line) => line["outcome"] === "superseded");
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

const POINTS: readonly (readonly [OutboxPausePoint, { status: string; attempts: number }])[] = [
  ["claimed", { status: "PROCESSING", attempts: 1 }],
  ["handled", { status: "PROCESSING", attempts: 1 }],
  ["fenced", { status: "PROCESSING", attempts: 1 }],
  ["before_commit", { status: "PROCESSING", attempts: 1 }],
  ["committed", { status: "COMPLETED", attempts: 1 }],
];

describe("a worker that is killed", () => {
  it.each(POINTS)("at %s leaves nothing undone, and no effect made twice", async (point, left) => {
    const sent = await outbox.enqueue();
    await killWorkerAt(point);
    expect(await outbox.row(sent.id)).toMatchObject(left);
    const isDone = point === "committed";
    expect(await outbox.jobs()).toEqual([{ state: isDone ? "completed" : "active", id: sent.id }]);
    const calls: number[] = [];
    await outbox.startWorker(
      { byName: { [DO]: effectHandler((attempt) => calls.push(attempt)) } },
      {},
      IMPATIENT,
    );
    const attempt = isDone ? 1 : 2;
    expect(await outbox.settled(sent.id)).toMatchObject({
      status: "COMPLETED",
      attempts: attempt,
      resultJson: { attempt },
    });
    expect(calls).toEqual(isDone ? [] : [2]);
    expect(await outbox.events()).toEqual([
      { type: EFFECT, correlationId: sent.correlationId, success: true, payload: { attempt } },
      {
        type: "Test.Do.Completed.v1",
        correlationId: sent.correlationId,
        success: true,
        payload: { attempt },
      },
    ]);
  });

  it("in its last attempt leaves a command that fails, and is not handled once more", async () => {
    const sent = await outbox.enqueue();
    const step = (status: string, more: number) =>
      outbox.owner.query(
        `update scripts."CommandOutbox" set status = $1::scripts."OutboxStatus", attempts = attempts + $2`,
        [status, more],
      );
    for (let attempt = 1; attempt < 5; attempt++) {
      await step("PROCESSING", 1);
      await step("PENDING", 0);
    }
    await killWorkerAt("handled");
    expect(await outbox.row(sent.id)).toMatchObject({ status: "PROCESSING", attempts: 5, maxAttempts: 5 });
    const calls: number[] = [];
    await outbox.startWorker(
      { byName: { [DO]: effectHandler((attempt) => calls.push(attempt)) } },
      {},
      { ...IMPATIENT, handlerTimeoutMs: 100 },
    );
    expect(await outbox.settled(sent.id)).toMatchObject({
      status: "FAILED",
      attempts: 5,
      errorJson: { code: "worker_died" },
    });
    expect(calls).toEqual([]);
    expect(await outbox.events()).toMatchObject([{ success: false, type: "Test.Do.Completed.v1" }]);
    expect(await outbox.jobs("commands.failed")).toEqual([{ state: "created", id: sent.id }]);
  });
});

describe("a worker that was taken for dead", () => {
  it("keeps its last attempt as long as that may last", async () => {
    const held = holdAt("handled");
    const sent = await outbox.enqueue();
    await outbox.owner.query(`update scripts."CommandOutbox" set status = 'PROCESSING', attempts = 1`);
    for (let attempt = 2; attempt < 5; attempt++)
      await outbox.owner.query(`update scripts."CommandOutbox" set attempts = attempts + 1`);
    await outbox.startWorker({ byName: { [DO]: effectHandler() } }, { pause: held.pause });
    await held.reached;
    await outbox.startWorker({ byName: { [DO]: effectHandler() } }, {}, IMPATIENT);
    // The job that the sweeper sent has been looked at when there is one for later.
    while (!(await outbox.jobs()).some(({ state }) => state === "completed"))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await outbox.row(sent.id)).toMatchObject({ status: "PROCESSING", attempts: 5 });
    held.release();
    expect(await outbox.settled(sent.id)).toMatchObject({ status: "COMPLETED", attempts: 5 });
  });

  it("waits for whoever is just taking the command away, and writes nothing after that", async () => {
    const held = holdAt("handled");
    const stale = await outbox.startWorker({ byName: { [DO]: effectHandler() } }, { pause: held.pause });
    const sent = await outbox.enqueue();
    await held.reached;
    const taking = await connect(outbox.database.ownerUrl);
    await taking.query("begin");
    await taking.query(`update scripts."CommandOutbox" set attempts = attempts + 1, "updatedAt" = now()`);
    held.release();
    await untilBlocked(outbox.owner, 1);
    await taking.query("commit");
    await taking.end();
    await untilSuperseded();
    await stale.stop();
    expect(await outbox.row(sent.id)).toMatchObject({ status: "PROCESSING", attempts: 2, resultJson: null });
    expect(await outbox.events()).toEqual([]);
    await outbox.startWorker({ byName: { [DO]: effectHandler() } }, {}, IMPATIENT);
    expect(await outbox.settled(sent.id)).toMatchObject({ attempts: 3, resultJson: { attempt: 3 } });
    expect((await outbox.events()).map(({ type }) => type)).toEqual([EFFECT, "Test.Do.Completed.v1"]);
  });

  it("settles the command when the one that would take it comes while it writes", async () => {
    const held = holdAt("before_commit");
    await outbox.startWorker({ byName: { [DO]: effectHandler() } }, { pause: held.pause });
    const sent = await outbox.enqueue();
    await held.reached;
    const calls: number[] = [];
    await outbox.startWorker(
      { byName: { [DO]: effectHandler((attempt) => calls.push(attempt)) } },
      {},
      IMPATIENT,
    );
    await untilBlocked(outbox.owner, 1);
    held.release();
    expect(await outbox.settled(sent.id)).toMatchObject({ attempts: 1, resultJson: { attempt: 1 } });
    while ((await outbox.jobs()).some(({ state }) => state !== "completed"))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(calls).toEqual([]);
    expect((await outbox.events()).map(({ type }) => type)).toEqual([EFFECT, "Test.Do.Completed.v1"]);
  });

  it("cannot settle the command any more, and its effect is not made", async () => {
    const held = holdAt("handled");
    await outbox.startWorker({ byName: { [DO]: effectHandler() } }, { pause: held.pause });
    const sent = await outbox.enqueue();
    await held.reached;
    const other = await outbox.startWorker({ byName: { [DO]: effectHandler() } }, {}, IMPATIENT);
    expect(await outbox.settled(sent.id)).toMatchObject({ attempts: 2, resultJson: { attempt: 2 } });
    await other.stop();
    held.release();
    await untilSuperseded();
    expect(await outbox.row(sent.id)).toMatchObject({ attempts: 2, resultJson: { attempt: 2 } });
    expect((await outbox.events()).map(({ type }) => type)).toEqual([EFFECT, "Test.Do.Completed.v1"]);
  });
});
