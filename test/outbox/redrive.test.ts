import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { redrive, type RedriveFilter } from "../../src/outbox/redrive.ts";
import { startOutboxBoss } from "../../src/outbox/startOutboxBoss.ts";
import { sweepOutbox } from "../../src/outbox/sweepOutbox.ts";
import type { CommandHandler } from "../../src/outbox/handler.ts";
import { openOutbox, SWEEP, type Outbox } from "./support/openOutbox.ts";

let outbox: Outbox;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

const refuse: CommandHandler = async () => ({ kind: "failed", error: { code: "nope", message: "No." } });

function sendBack(filter: RedriveFilter): ReturnType<typeof redrive> {
  return redrive(
    {
      inTransaction: (work) => outbox.prisma.$transaction(work),
      sendJobs: outbox.sendJobs,
      now: () => new Date(),
    },
    filter,
  );
}

describe("a redrive", () => {
  it("gives a dead letter new attempts under its old id, and the letter goes", async () => {
    let isBroken = true;
    const worker = await outbox.startWorker({
      fallback: async () =>
        isBroken
          ? { kind: "retry", error: { code: "down", message: "The other side is down." } }
          : { kind: "completed", result: { ok: true } },
    });
    const sent = await outbox.enqueue();
    while (!(await outbox.row(sent.id)).completedAt) {
      await outbox.owner.query(`update pgboss.job set start_after = now() where state < 'active'`);
      worker.wake();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await outbox.row(sent.id)).toMatchObject({ status: "FAILED", attempts: 5 });
    expect(await outbox.jobs("commands.failed")).toHaveLength(1);
    isBroken = false;
    const [row] = await sendBack({ tenantId: "t1", id: sent.id });
    expect(row).toMatchObject({ status: "PENDING", attempts: 5, maxAttempts: 10, completedAt: null });
    worker.wake();
    expect(await outbox.settled(sent.id)).toMatchObject({
      status: "COMPLETED",
      attempts: 6,
      errorJson: null,
      resultJson: { ok: true },
    });
    expect((await outbox.events()).map(({ success }) => success)).toEqual([false, true]);
    const boss = await startOutboxBoss({ databaseUrl: outbox.database.workerUrl, log: outbox.log });
    await sweepOutbox({ prisma: outbox.prisma, boss, now: () => new Date() }, SWEEP);
    await boss.stop({ graceful: false });
    expect(await outbox.jobs("commands.failed")).toEqual([]);
  });

  it("takes only what its filter names, once, and what runs sent only when told to", async () => {
    const worker = await outbox.startWorker({ fallback: refuse });
    const plain = await outbox.enqueue();
    const other = await outbox.enqueue({ command: "Test.Other.v1" });
    const foreign = await outbox.enqueue({ tenantId: "t2" });
    const action = await outbox.enqueue({ run: { runId: "r1", runNodeId: "n1", runDispatch: 1 } });
    const failed = () => outbox.prisma.commandOutbox.count({ where: { status: "FAILED" } });
    while ((await failed()) < 4) await new Promise((resolve) => setTimeout(resolve, 10));
    await worker.stop();
    const ids = async (filter: RedriveFilter) => (await sendBack(filter)).map(({ id }) => id);
    expect(await ids({ failedBefore: new Date(0) })).toEqual([]);
    expect(await ids({ tenantId: "t1", command: "Test.Other.v1" })).toEqual([other.id]);
    expect(await sendBack({ tenantId: "t1" })).toMatchObject([{ id: plain.id, attempts: 1, maxAttempts: 6 }]);
    expect(await ids({ tenantId: "t1", id: action.id })).toEqual([]);
    expect(await ids({ tenantId: "t1", id: action.id, includeRuns: true })).toEqual([action.id]);
    expect(await ids({ limit: 10 })).toEqual([foreign.id]);
    expect(await ids({ includeRuns: true })).toEqual([]);
  });
});
