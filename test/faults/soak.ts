// npm run soak: a real service under load while everything around it fails. Exit code 0, or 1 with counter-examples.
import { setTimeout as delay } from "node:timers/promises";
import { causeFaults } from "./causeFaults.ts";
import { checkPromises } from "./checkPromises.ts";
import { createCounts } from "./counts.ts";
import { startCrashingPostgres, type CrashingPostgres } from "./crashingPostgres.ts";
import { planFaults } from "./faultPlan.ts";
import { createApiChoice } from "./load/chooseApi.ts";
import { createLedger } from "./load/ledger.ts";
import { setScene } from "./load/scene.ts";
import { startLoad } from "./load/startLoad.ts";
import { openService } from "./openService.ts";
import { readOptions, type SoakOptions } from "./options.ts";
import { runOpsVerify } from "./runOpsVerify.ts";
import type { ServiceSlot } from "./serviceSlot.ts";
import { startSubscriber } from "../blackbox/support/subscriber.ts";
import { untilSettled } from "./untilSettled.ts";

/** Scripts of each tenant: few, so that many edits meet on one. */
const TENANTS = { north: 12, south: 4 };
/** How long requests that were begun are sent again once the faults are over, in ms. */
const LAST_ANSWERS_MS = 30_000;

const startedAt = performance.now();

function say(message: string): void {
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} s  ${message}\n`);
}

async function main(options: SoakOptions): Promise<boolean> {
  say(`seed ${options.seed}: ${options.seconds} s of faults under ${options.rate} edits/s`);
  const postgres = await startCrashingPostgres();
  const slots: ServiceSlot[] = [];
  let complaints: string[] = ["It did not come to its end."];
  try {
    complaints = await soak(options, postgres, slots);
  } finally {
    await Promise.all(slots.map((slot) => slot.abandon()));
    await Promise.all(slots.map((slot) => slot.proxy.stop()));
    const isKept = options.keep || complaints.length > 0;
    await postgres.stop(isKept);
    if (isKept) say(`the database and the logs of the processes are in ${postgres.folder}`);
  }
  for (const complaint of complaints) process.stdout.write(`\nBROKEN: ${complaint}\n`);
  process.stdout.write(
    complaints.length === 0
      ? `\nEvery promise was kept (seed ${options.seed}).\n`
      : `\nThe same faults again: npm run soak -- --seconds ${options.seconds} --rate ${options.rate} --seed ${options.seed}\n`,
  );
  return complaints.length === 0;
}

async function soak(
  { seconds, seed, rate }: SoakOptions,
  postgres: CrashingPostgres,
  slots: ServiceSlot[],
): Promise<string[]> {
  const deaths: string[] = [];
  const onDeath = (what: string): void => {
    say(what.split("\n", 1)[0]!);
    deaths.push(what);
  };
  slots.push(...(await openService(postgres, onDeath)));
  const urls = (): string[] =>
    slots.flatMap(({ role, url }) => (role === "api" && url !== undefined ? [url] : []));
  const [loadCounts, faultCounts] = [createCounts(), createCounts()];
  const ledger = createLedger();
  const givingUp = new AbortController();
  const senderDeps = { apis: createApiChoice(urls), counts: loadCounts, givingUp: givingUp.signal };
  const scene = await setScene({ ...senderDeps, ledger }, TENANTS);
  const subscribers = ["north", "north", "south"].map((tenant) => startSubscriber({ urls }, tenant));
  say(`2 APIs and 2 workers serve ${scene.scripts.length} scripts; the load begins`);

  const load = startLoad(scene, { rate, tenants: Object.keys(TENANTS) });
  const plan = planFaults(seed, seconds);
  const sayFault = (fault: string): void =>
    say(`${String(ledger.commands.size).padStart(6)} acknowledged; ${fault}`);
  await Promise.all([
    causeFaults({ postgres, slots, counts: faultCounts, log: sayFault }, plan),
    delay(seconds * 1_000),
  ]);
  say("no more faults; waiting for the last answers");
  const patience = setTimeout(() => givingUp.abort(), LAST_ANSWERS_MS);
  await load.stop();
  clearTimeout(patience);
  say("waiting until nothing is left to do");
  const stuck = await untilSettled(postgres.ownerUrl, { slots, subscribers });
  say("stopping in order");
  // A stop says goodbye to the database, and waits for it.
  for (const { proxy } of slots) proxy.heal();
  await Promise.all(subscribers.map((subscriber) => subscriber.stop()));
  const stops = await Promise.all(slots.map((slot) => slot.stop()));
  const checked = await checkPromises(postgres.ownerUrl, { ledger, subscribers });
  const verified = await runOpsVerify(postgres.ownerUrl);

  const came = subscribers.reduce((sum, { events }) => sum + events.size, 0);
  const sum = (of: "reconnects" | "repeats"): number => subscribers.reduce((sum, one) => sum + one[of], 0);
  say(`faults: ${faultCounts.describe()}`);
  say(`load: ${loadCounts.describe()}`);
  say(
    `subscribers: ${subscribers.length}, events ${came}, came back ${sum("reconnects")} times, repeats ${sum("repeats")}`,
  );
  say(`looked at: ${checked.looked.join("; ")}`);
  say(`ops verify: ${verified === undefined ? "clean" : "see below"}`);
  return [
    ...deaths,
    ...stuck,
    ...stops.filter((stop) => stop !== undefined),
    ...checked.complaints,
    ...(verified === undefined ? [] : [verified]),
  ];
}

// What we have started ends with us, in "exit", which a signal by itself would pass by.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.exitCode = (await main(readOptions(process.argv.slice(2)))) ? 0 : 1;
