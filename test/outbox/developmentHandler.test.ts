import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pino } from "pino";
import { createDevelopmentHandler } from "../../src/outbox/handlers/developmentHandler.ts";
import { readConfig } from "../../src/main/config.ts";
import { openOutbox as openOutboxWorker } from "../../src/main/openOutbox.ts";
import { openOutbox, type Outbox } from "./support/openOutbox.ts";

let outbox: Outbox;
beforeEach(async () => {
  outbox = await openOutbox();
});
afterEach(async () => {
  await outbox.close();
});

/** When the handler completes a command of tenant t1, in ms after it was sent. */
async function completesAfterMs(): Promise<number> {
  const handle = createDevelopmentHandler(outbox);
  const row = await outbox.enqueue();
  const ask = (now: Date) => handle({ row, now, signal: new AbortController().signal });
  const first = await ask(row.createdAt);
  if (first.kind !== "later") return 0;
  expect(await ask(new Date(first.at.getTime() - 1))).toEqual(first);
  expect(await ask(first.at)).toEqual({ kind: "completed", result: {} });
  return first.at.getTime() - row.createdAt.getTime();
}

async function setJitter(min: number, max: number): Promise<void> {
  await outbox.owner.query(
    `insert into scripts."TenantSettings" values ('t1', $1, $2, now())
     on conflict ("tenantId") do update set "jitterMin" = $1, "jitterMax" = $2`,
    [min, max],
  );
}

describe("the development handler", () => {
  it("completes after 1 to 2 seconds where the tenant does not say otherwise", async () => {
    const drawn: number[] = [];
    for (let place = 0; place < 20; place++) drawn.push(await completesAfterMs());
    expect(drawn.every((ms) => ms >= 1_000 && ms <= 2_000)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(10);
  });

  it("keeps to the tenant's jitter, down to none", async () => {
    await setJitter(300, 300);
    expect(await completesAfterMs()).toBe(300);
    await setJitter(0, 0);
    expect(await completesAfterMs()).toBe(0);
  });

  it("cannot be given a jitter that makes no sense", async () => {
    for (const [min, max] of [
      [-1, 5],
      [10, 5],
      [0, 600_001],
    ] as const)
      // prettier-ignore
      await expect(setJitter(min, max)).rejects.toThrow("TenantSettings_jitter_in_range");
  });
});

describe.each([
  ["development", { status: "COMPLETED", errorJson: null }],
  ["production", { status: "FAILED", attempts: 1, errorJson: { code: "unknown_command" } }],
] as const)("in %s", (mode, becomes) => {
  it(`a command that nobody knows is ${becomes.status}`, async () => {
    await setJitter(0, 0);
    const config = readConfig({ MODE: mode, DATABASE_URL: outbox.database.ownerUrl });
    const worker = await openOutboxWorker(
      {
        prisma: outbox.prisma,
        wake: () => undefined,
        wakeStamper: () => undefined,
        log: pino({ level: "silent" }),
      },
      config,
      outbox.database,
    );
    const sent = await outbox.enqueue({ command: "Contacts.UpsertAndLink.v1" });
    worker.wake();
    expect(await outbox.settled(sent.id)).toMatchObject(becomes);
    expect(await outbox.events()).toMatchObject([
      { type: "Contacts.Upserted.v1", success: becomes.status === "COMPLETED" },
    ]);
    await worker.stop();
  });
});
