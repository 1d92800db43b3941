import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OutboxPausePoint } from "../../src/outbox/pausePoint.ts";
import { EFFECT, effectHandler } from "./support/effectHandler.ts";
import { openOutbox, SWEEP, type Outbox } from "./support/openOutbox.ts";

const DO = "Test.Do.v1";
/** Takes every job whose worker gave no sign of life this very moment for one of a dead worker. */
const IMPATIENT = { sweep: { ...SWEEP, graceMs: 0, deadAfterMs: 0 } };
let outbox: Outbox;
let child: ChildProcess | undefined;

beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  child?.kill("SIGKILL");
  await outbox.close();
});

/** A worker process that stands still at a point of its first attempt. */
async function startWorkerThatPauses(pauseAt: OutboxPausePoint): Promise<void> {
  const task = JSON.stringify({ workerUrl: outbox.database.workerUrl, pauseAt });
  child = spawn(process.execPath, ["test/outbox/support/workerProcess.ts", task], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  expect(String(line)).toMatch(`paused at ${pauseAt}\n`);
}

async function kill(): Promise<void> {
  const ended = once(child!, "close");
  child!.kill("SIGKILL");
  await ended;
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
    await startWorkerThatPauses(point);
    await kill();
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
    await startWorkerThatPauses("handled");
    await kill();
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
    const atWork = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const sent = await outbox.enqueue();
    await outbox.owner.query(`update scripts."CommandOutbox" set status = 'PROCESSING', attempts = 1`);
    for (let attempt = 2; attempt < 5; attempt++)
      await outbox.owner.query(`update scripts."CommandOutbox" set attempts = attempts + 1`);
    const pause = async (point: OutboxPausePoint) => {
      if (point !== "handled") return;
      atWork.resolve();
      await goOn.promise;
    };
    await outbox.startWorker({ byName: { [DO]: effectHandler() } }, { pause });
    await atWork.promise;
    await outbox.startWorker({ byName: { [DO]: effectHandler() } }, {}, IMPATIENT);
    // The job that the sweeper sent has been looked at when there is one for later.
    while (!(await outbox.jobs()).some(({ state }) => state === "completed"))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await outbox.row(sent.id)).toMatchObject({ status: "PROCESSING", attempts: 5 });
    goOn.resolve();
    expect(await outbox.settled(sent.id)).toMatchObject({ status: "COMPLETED", attempts: 5 });
  });

  it("cannot settle the command any more, and its effect is not made", async () => {
    const atWork = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    await outbox.startWorker(
      { byName: { [DO]: effectHandler() } },
      {
        pause: async (point) => {
          if (point !== "handled") return;
          atWork.resolve();
          await goOn.promise;
        },
      },
    );
    const sent = await outbox.enqueue();
    await atWork.promise;
    const other = await outbox.startWorker({ byName: { [DO]: effectHandler() } }, {}, IMPATIENT);
    expect(await outbox.settled(sent.id)).toMatchObject({ attempts: 2, resultJson: { attempt: 2 } });
    await other.stop();
    goOn.resolve();
    const warned = () => outbox.logged.some((line) => line["outcome"] === "superseded");
    while (!warned()) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await outbox.row(sent.id)).toMatchObject({ attempts: 2, resultJson: { attempt: 2 } });
    expect((await outbox.events()).map(({ type }) => type)).toEqual([EFFECT, "Test.Do.Completed.v1"]);
  });
});
