import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startOutboxBoss } from "../../src/outbox/startOutboxBoss.ts";
import { sweepOutbox, type SweepOutboxOptions } from "../../src/outbox/sweepOutbox.ts";
import { openOutbox, type Outbox } from "./support/openOutbox.ts";

let outbox: Outbox;
let boss: Awaited<ReturnType<typeof startOutboxBoss>>;

beforeEach(async () => {
  outbox = await openOutbox();
  boss = await startOutboxBoss({ databaseUrl: outbox.database.workerUrl, log: outbox.log });
});
afterEach(async () => {
  await boss.stop({ graceful: false });
  await outbox.close();
});

const LONG_AGO = new Date("2026-01-02T03:04:05.678Z");

function sweep(options: Partial<SweepOutboxOptions> = {}): Promise<number> {
  const { prisma } = outbox;
  return sweepOutbox(
    { prisma, boss, now: () => new Date() },
    { graceMs: 5_000, deadAfterMs: 20_000, ...options },
  );
}

async function loseJobs(): Promise<void> {
  await outbox.owner.query(`delete from pgboss.job where name = 'commands'`);
}

describe("the sweeper", () => {
  it("sends a job for a command that is overdue and has none, once", async () => {
    const sent = await outbox.enqueue({ now: LONG_AGO });
    await loseJobs();
    expect(await sweep()).toBe(1);
    expect(await outbox.jobs()).toEqual([{ state: "created", id: sent.id }]);
    expect(await sweep()).toBe(0);
  });

  it("does so for one whose worker is gone without a trace", async () => {
    await outbox.enqueue({ now: LONG_AGO });
    await outbox.owner.query(`update scripts."CommandOutbox" set status = 'PROCESSING', attempts = 1`);
    await loseJobs();
    expect(await sweep()).toBe(1);
  });

  it("leaves commands alone that are not overdue, wait for their time, or are at work", async () => {
    await outbox.enqueue();
    await loseJobs();
    expect(await sweep()).toBe(0);
    await outbox.enqueue({ now: LONG_AGO });
    expect(await sweep()).toBe(0);
    // Fetched a moment ago: its worker lives.
    await boss.fetch("commands");
    expect(await sweep()).toBe(0);
    expect(await sweep({ deadAfterMs: 0 })).toBe(1);
  });

  it("leaves settled commands alone", async () => {
    const sent = await outbox.enqueue({ now: LONG_AGO });
    await outbox.startWorker({ fallback: async () => ({ kind: "completed" }) });
    await outbox.settled(sent.id);
    await loseJobs();
    expect(await sweep({ graceMs: -60_000 })).toBe(0);
  });

  it("goes through more commands than fit on a page", async () => {
    await outbox.owner.query(
      `insert into scripts."CommandOutbox" ("tenantId", id, command, "correlationId", "actorJson", "contextJson",
         "payloadJson", "actorType", "actorId", "actorRole", "maxAttempts", "dueAt", "createdAt", "updatedAt")
       select 't' || n % 3, 'c' || n, 'Test.Do.v1', 'c' || n, '{}', '{}', '{}', 'USER', 'u1', 'editor', 5, $1, $1, $1
       from generate_series(1, 1100) n`,
      [LONG_AGO],
    );
    expect(await sweep()).toBe(1_100);
    expect(await sweep()).toBe(0);
  });
});
