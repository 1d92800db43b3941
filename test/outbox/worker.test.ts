import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandOutbox } from "../../src/db/generated/client.ts";
import type { CommandHandler } from "../../src/outbox/handler.ts";
import { EFFECT, effectHandler } from "./support/effectHandler.ts";
import { openOutbox, type Outbox } from "./support/openOutbox.ts";

const DO = "Test.Do.v1";
let outbox: Outbox;

beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

const succeed: CommandHandler = async ({ row }) => ({ kind: "completed", result: { did: row.id } });

/** Fails a number of times, then succeeds. */
function failTimes(times: number): CommandHandler {
  let failed = 0;
  return async (input) => {
    if (failed === times) return succeed(input);
    failed++;
    return { kind: "retry", error: { code: "not_now", message: `Failed ${failed} times.` } };
  };
}

/** Lets commands that wait for their next attempt have it now. */
async function skipDelays(): Promise<void> {
  await outbox.owner.query(`update pgboss.job set start_after = now() where state < 'active'`);
}

describe("a command whose handler succeeds", () => {
  it("is completed with its result, and says so in the seed's event", async () => {
    await outbox.startWorker({ byName: { [DO]: succeed } });
    const sent = await outbox.enqueue();
    expect(sent).toMatchObject({ status: "PENDING", attempts: 0, maxAttempts: 5 });
    const row = await outbox.settled(sent.id);
    expect(row).toEqual({
      ...sent,
      status: "COMPLETED",
      attempts: 1,
      resultJson: { did: sent.id },
      updatedAt: row.completedAt,
      completedAt: row.completedAt,
    });
    expect(await outbox.events()).toEqual([
      {
        type: "Test.Do.Completed.v1",
        correlationId: sent.correlationId,
        success: true,
        payload: { did: sent.id },
      },
    ]);
    expect(await outbox.jobs()).toEqual([{ state: "completed", id: sent.id }]);
  });

  it("has a job that says where it comes from", async () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const { id, correlationId } = await outbox.enqueue({ traceparent });
    const { rows } = await outbox.owner.query(`select data from pgboss.job where name = 'commands'`);
    expect(rows).toEqual([{ data: { tenantId: "t1", id, correlationId, traceparent } }]);
  });

  it("tells what hangs on it in the same transaction", async () => {
    const seen: CommandOutbox[] = [];
    await outbox.startWorker(
      { byName: { [DO]: succeed } },
      { onSettled: async (_tx, row) => void seen.push(row) },
    );
    const sent = await outbox.enqueue({ run: { runId: "r1", runNodeId: "n1", runDispatch: 1 } });
    expect(seen).toEqual([]);
    const row = await outbox.settled(sent.id);
    expect(seen).toEqual([row]);
    const [event] = await outbox.prisma.domainEvent.findMany();
    expect(event).toMatchObject({ runId: "r1", causationId: sent.id, tenantId: "t1" });
  });
});

describe("a command whose handler refuses", () => {
  it("fails at once, for good, and is no dead letter", async () => {
    const error = { code: "nope", message: "Not like this.", details: { field: "x" } };
    await outbox.startWorker({ byName: { [DO]: async () => ({ kind: "failed", error }) } });
    const sent = await outbox.enqueue();
    expect(await outbox.settled(sent.id)).toMatchObject({
      status: "FAILED",
      attempts: 1,
      errorJson: error,
      resultJson: null,
    });
    expect(await outbox.events()).toMatchObject([
      { type: "Test.Do.Completed.v1", success: false, payload: { error } },
    ]);
    expect(await outbox.jobs("commands.failed")).toEqual([]);
  });

  it("is what becomes of a name that nobody handles", async () => {
    await outbox.startWorker({});
    const sent = await outbox.enqueue({ command: "Contacts.UpsertAndLink.v1" });
    expect(await outbox.settled(sent.id)).toMatchObject({
      status: "FAILED",
      attempts: 1,
      errorJson: { code: "unknown_command" },
    });
    expect(await outbox.events()).toMatchObject([{ type: "Contacts.Upserted.v1", success: false }]);
  });
});

describe("a command whose handler fails", () => {
  it("is tried again after a delay, and shows why meanwhile", async () => {
    const worker = await outbox.startWorker({ byName: { [DO]: failTimes(2) } });
    const sent = await outbox.enqueue();
    const waiting = await outbox.until(sent.id, (row) => row.attempts === 1 && row.status === "PENDING");
    expect(waiting.errorJson).toEqual({ code: "not_now", message: "Failed 1 times." });
    expect(waiting.dueAt.getTime() - waiting.updatedAt.getTime()).toSatisfy((ms) => ms >= 500 && ms <= 1_000);
    const { rows } = await outbox.owner.query(`select start_after from pgboss.job where state = 'created'`);
    expect(rows).toEqual([{ start_after: waiting.dueAt }]);
    expect(await outbox.events()).toEqual([]);
    await skipDelays();
    worker.wake();
    await outbox.until(sent.id, (row) => row.attempts === 2 && row.status === "PENDING");
    await skipDelays();
    worker.wake();
    expect(await outbox.settled(sent.id)).toMatchObject({
      status: "COMPLETED",
      attempts: 3,
      errorJson: null,
      resultJson: { did: sent.id },
    });
    expect(await outbox.events()).toHaveLength(1);
  });

  it("is a dead letter after its last attempt, with one event that says so", async () => {
    const worker = await outbox.startWorker({
      byName: {
        [DO]: async () => {
          throw new Error("password of the database: secret");
        },
      },
    });
    const sent = await outbox.enqueue();
    for (let attempt = 1; attempt < 5; attempt++) {
      await outbox.until(sent.id, (row) => row.attempts === attempt && row.status === "PENDING");
      await skipDelays();
      worker.wake();
    }
    const row = await outbox.settled(sent.id);
    const errorJson = {
      code: "handler_failed",
      message: "The command's handler failed. The log of the service says why.",
    };
    expect(row).toMatchObject({ status: "FAILED", attempts: 5, maxAttempts: 5, errorJson });
    expect(await outbox.events()).toMatchObject([{ success: false, payload: { error: errorJson } }]);
    expect(await outbox.jobs("commands.failed")).toEqual([{ state: "created", id: sent.id }]);
    expect(JSON.stringify(outbox.logged)).toContain("password of the database");
  });

  it("has failed when it takes longer than it may", async () => {
    let aborted = false;
    await outbox.startWorker(
      {
        byName: {
          [DO]: ({ signal }) =>
            new Promise(() => {
              signal.addEventListener("abort", () => (aborted = true));
            }),
        },
      },
      {},
      { handlerTimeoutMs: 50 },
    );
    const sent = await outbox.enqueue();
    const row = await outbox.until(sent.id, ({ status, attempts }) => status === "PENDING" && attempts === 1);
    expect(row.errorJson).toMatchObject({ code: "handler_timed_out" });
    expect(aborted).toBe(true);
  });

  it("has failed when its effect cannot be written, and half of an effect is none", async () => {
    let fail = true;
    const make = effectHandler();
    const worker = await outbox.startWorker({
      byName: {
        [DO]: async (input) => {
          const made = await make(input);
          if (made.kind !== "completed") return made;
          return {
            ...made,
            write: async (tx) => {
              await made.write?.(tx);
              if (fail) throw new Error("no more");
            },
          };
        },
      },
    });
    const sent = await outbox.enqueue();
    await outbox.until(sent.id, ({ status, attempts }) => status === "PENDING" && attempts === 1);
    expect(await outbox.events()).toEqual([]);
    fail = false;
    await skipDelays();
    worker.wake();
    expect(await outbox.settled(sent.id)).toMatchObject({ status: "COMPLETED", attempts: 2 });
    expect((await outbox.events()).map(({ type }) => type)).toEqual([EFFECT, "Test.Do.Completed.v1"]);
  });

  it("has failed when what hangs on it cannot be written, and nothing of it is there", async () => {
    let fail = true;
    const worker = await outbox.startWorker(
      { byName: { [DO]: succeed } },
      {
        onSettled: async () => {
          if (fail) throw new Error("the run is gone");
        },
      },
    );
    const sent = await outbox.enqueue();
    const row = await outbox.until(sent.id, ({ status, attempts }) => status === "PENDING" && attempts === 1);
    expect(row).toMatchObject({ errorJson: { code: "not_settled" }, resultJson: null });
    expect(await outbox.events()).toEqual([]);
    fail = false;
    await skipDelays();
    worker.wake();
    expect(await outbox.settled(sent.id)).toMatchObject({ status: "COMPLETED", attempts: 2 });
  });
});

describe("a handler that is not ready", () => {
  it("waits in its row for its time, holds nobody up, and loses no attempt", async () => {
    const at = new Date(Date.now() + 3_600_000);
    let isReady = false;
    const worker = await outbox.startWorker({
      byName: { [DO]: async (input) => (isReady ? succeed(input) : { kind: "later", at }) },
    });
    const sent = await outbox.enqueue();
    const waiting = await outbox.until(sent.id, (row) => row.maxAttempts === 6);
    expect(waiting).toMatchObject({ status: "PROCESSING", attempts: 1, dueAt: at, errorJson: null });
    expect(await outbox.jobs()).toEqual([
      { state: "completed", id: sent.id },
      { state: "created", id: sent.id },
    ]);
    isReady = true;
    await skipDelays();
    worker.wake();
    expect(await outbox.settled(sent.id)).toMatchObject({ status: "COMPLETED", attempts: 2, maxAttempts: 6 });
  });

  it("is called again at its time, and not before", async () => {
    const calls: number[] = [];
    const at = new Date(Date.now() + 700);
    await outbox.startWorker({
      byName: {
        [DO]: async (input) => {
          calls.push(Date.now());
          return input.now < at ? { kind: "later", at } : succeed(input);
        },
      },
    });
    const sent = await outbox.enqueue();
    expect(await outbox.settled(sent.id)).toMatchObject({ status: "COMPLETED", attempts: calls.length });
    expect(calls.at(-1)).toBeGreaterThanOrEqual(at.getTime());
  });
});

describe("commands that take long", () => {
  it("hold up none of those that come after them", async () => {
    const goOn = Promise.withResolvers<void>();
    let begun = 0;
    await outbox.startWorker({
      byName: {
        [DO]: succeed,
        "Test.Wait.v1": async (input) => {
          begun++;
          await goOn.promise;
          return succeed(input);
        },
      },
    });
    const slow: CommandOutbox[] = [];
    // More than a worker's loops can take, and more loops than it has.
    for (let place = 0; place < 60; place++) slow.push(await outbox.enqueue({ command: "Test.Wait.v1" }));
    while (begun < slow.length) await new Promise((resolve) => setTimeout(resolve, 10));
    const quick = await outbox.enqueue();
    expect(await outbox.settled(quick.id)).toMatchObject({ status: "COMPLETED", attempts: 1 });
    expect(await outbox.prisma.commandOutbox.count({ where: { status: "PROCESSING" } })).toBe(slow.length);
    goOn.resolve();
    for (const { id } of slow)
      expect(await outbox.settled(id)).toMatchObject({ status: "COMPLETED", attempts: 1 });
  });

  it("are not taken on top of each other when they all wait for this database", async () => {
    let atWork = 0;
    let most = 0;
    const ids: string[] = [];
    for (let place = 0; place < 60; place++) ids.push((await outbox.enqueue()).id);
    const work: CommandHandler = async (input) => {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setTimeout(resolve, 400));
      atWork--;
      return succeed(input);
    };
    await outbox.startWorker({ byName: { [DO]: work } }, { isLocal: () => true });
    for (const id of ids) await outbox.settled(id);
    expect(most).toBeLessThanOrEqual(40);
  });
});

describe("two workers", () => {
  it("share the queue, and each command is handled once", async () => {
    const handled = new Map<string, number>();
    const count: CommandHandler = async (input) => {
      handled.set(input.row.id, (handled.get(input.row.id) ?? 0) + 1);
      return succeed(input);
    };
    const ids = new Set<string>();
    for (let place = 0; place < 100; place++) ids.add((await outbox.enqueue()).id);
    await outbox.startWorker({ byName: { [DO]: count } });
    await outbox.startWorker({ byName: { [DO]: count } });
    for (const id of ids)
      expect(await outbox.settled(id)).toMatchObject({ status: "COMPLETED", attempts: 1 });
    expect(handled).toEqual(new Map([...ids].map((id) => [id, 1])));
    expect(await outbox.events()).toHaveLength(100);
  });
});
