import { spawn } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { expectSoon } from "../support/expectSoon.ts";
import { writeEvents } from "../../src/events/domainEvent.ts";
import { startStamper } from "../../src/events/startStamper.ts";
import { stampEvents } from "../../src/events/stampEvents.ts";
import { numbersOf, openFeed, someEvent, type Feed } from "./support/openFeed.ts";

let feed: Feed;
beforeEach(async () => {
  feed = await openFeed();
});
afterEach(() => feed.close());

const now = () => new Date();
const stamp = (limit = 1_000) => stampEvents({ prisma: feed.worker, now }, limit);

it("events of one call keep the order of the list", async () => {
  const numbers = Array.from({ length: 500 }, (_, index) => index);
  // Times and ids that run the other way: neither says what came first.
  await feed.write(
    ...numbers.map((number) =>
      someEvent(number, { occurredAt: new Date(1_800_000_000_000 - number * 1_000) }),
    ),
  );
  expect(await stamp()).toBe(500);
  expect(numbersOf(await feed.read())).toEqual(numbers);
});

it("positions run from 1 without a gap, whatever the size of the pages", async () => {
  await feed.write(...Array.from({ length: 25 }, (_, index) => someEvent(index)));
  expect([await stamp(10), await stamp(10), await stamp(10), await stamp(10)]).toEqual([10, 10, 5, 0]);
  expect((await feed.read()).map(({ position }) => position)).toEqual(
    Array.from({ length: 25 }, (_, index) => index + 1),
  );
});

it("an event whose transaction stays open is not skipped: it comes when it is committed", async () => {
  const isWritten = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const held = feed.worker.$transaction(
    async (tx) => {
      await writeEvents(tx, [someEvent(-1)]);
      isWritten.resolve();
      await mayCommit.promise;
    },
    { timeout: 30_000 },
  );
  await isWritten.promise;
  for (let number = 0; number < 20; number++) {
    await feed.write(someEvent(number));
    await stamp();
  }
  const before = numbersOf(await feed.read());
  mayCommit.resolve();
  await held;
  await stamp();
  const all = Array.from({ length: 20 }, (_, index) => index);
  expect([before, numbersOf(await feed.read())]).toEqual([all, [...all, -1]]);
});

it("what is rolled back leaves no gap", async () => {
  await feed.write(someEvent(1));
  await feed.worker
    .$transaction(async (tx) => {
      await writeEvents(tx, [someEvent(2)]);
      throw new Error("on purpose");
    })
    .catch(() => undefined);
  await feed.write(someEvent(3));
  await stamp();
  expect((await feed.read()).map(({ position, payload }) => [position, payload])).toEqual([
    [1, { number: 1 }],
    [2, { number: 3 }],
  ]);
});

it("three processes stamp side by side, and two go on when one is killed", async () => {
  const said: string[] = [];
  const processes = Array.from({ length: 3 }, () => {
    const program = new URL("support/stamperProcess.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [program, feed.database.workerUrl], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => said.push(text));
    return child;
  });
  try {
    await expectSoon(() => said).toEqual(Array(3).fill("started\n"));
    const scripts = Array.from({ length: 6 }, (_, index) => `s${index}`);
    await Promise.all(
      scripts.map(async (scriptId) => {
        for (let number = 0; number < 50; number++) {
          if (scriptId === "s0" && number === 25) processes[0]!.kill("SIGKILL");
          await feed.write(someEvent(number, { scriptId }));
        }
      }),
    );
    await expectSoon(async () => (await feed.read()).length).toBe(300);
    const events = await feed.read();
    expect(events.map(({ position }) => position)).toEqual(
      Array.from({ length: 300 }, (_, index) => index + 1),
    );
    for (const scriptId of scripts)
      expect(numbersOf(events.filter((event) => event.scriptId === scriptId))).toEqual(
        Array.from({ length: 50 }, (_, index) => index),
      );
    // They took turns: nobody ran into what another had stamped.
    expect(said).toHaveLength(3);
  } finally {
    for (const child of processes) child.kill("SIGKILL");
  }
});

it("three stampers at once give each event one position and keep the order of each script", async () => {
  for (let count = 0; count < 3; count++) await feed.startStamper();
  const scripts = Array.from({ length: 12 }, (_, index) => `s${index}`);
  // Each script's events one after the other, as its lock holds them; the scripts side by side. The first one's
  // transactions stay open until each of the others has committed as many.
  let others = 0;
  await Promise.all(
    scripts.map(async (scriptId, index) => {
      for (let number = 0; number < 30; number++) {
        await feed.worker.$transaction(async (tx) => {
          await writeEvents(tx, [someEvent(number, { scriptId })]);
          if (index === 0) await expectSoon(() => others).toBeGreaterThanOrEqual(11 * (number + 1));
        });
        if (index > 0) others++;
      }
    }),
  );
  await expectSoon(async () => (await feed.read()).length).toBe(360);
  const events = await feed.read();
  expect(events.map(({ position }) => position)).toEqual(
    Array.from({ length: 360 }, (_, index) => index + 1),
  );
  expect(new Set(events.map(({ id }) => id)).size).toBe(360);
  for (const scriptId of scripts)
    expect(numbersOf(events.filter((event) => event.scriptId === scriptId))).toEqual(
      Array.from({ length: 30 }, (_, index) => index),
    );
});

it("another stamper goes on where one was cut off in the middle", async () => {
  await feed.write(someEvent(1), someEvent(2));
  const broken = {
    ...feed.worker,
    $transaction: undefined as never,
    $queryRaw: feed.worker.$queryRaw.bind(feed.worker),
  };
  broken.$transaction = ((work: (tx: never) => Promise<unknown>) =>
    feed.worker.$transaction(async (tx) => {
      await work(tx as never);
      throw new Error("cut off before the commit");
    })) as never;
  await expect(stampEvents({ prisma: broken, now }, 10)).rejects.toThrow("cut off");
  expect(await feed.read()).toEqual([]);
  expect(await stamp()).toBe(2);
  expect((await feed.read()).map(({ position }) => position)).toEqual([1, 2]);
});

it("a stamper with a long backlog says after each page that it is alive, and stops when it is told to", async () => {
  await feed.write(...Array.from({ length: 1_600 }, (_, index) => someEvent(index)));
  const looked = Promise.withResolvers<void>();
  const stamper = startStamper({
    prisma: feed.worker,
    databaseUrl: feed.database.workerUrl,
    now,
    log: { warn: () => undefined },
    onLook: looked.resolve,
  });
  await looked.promise;
  await stamper.stop();
  // What it was at when it was told to stop, and no more.
  expect(await feed.worker.eventFeed.count()).toBeLessThanOrEqual(1_000);
  await feed.startStamper();
  await expectSoon(() => feed.worker.eventFeed.count()).toBe(1_600);
});
