import type { Logger } from "pino";
import { openDatabase } from "../db/openDatabase.ts";
import { startRetention } from "../events/startRetention.ts";
import { startStamper, type Stamper } from "../events/startStamper.ts";
import type { Config } from "./config.ts";
import type { Store } from "./openStore.ts";
import { startStamperBeat } from "./startStamperBeat.ts";

/** The stamper and the deletion of old events: one stamps while the other rests. */
const POOL_SIZE = 2;

const DAY_MS = 24 * 3_600_000;

/**
 * Events on the worker's side of a process: places in the feed, and the end of old ones. On connections of its own:
 * the materializer may use all of the worker's, for seconds at a time.
 */
export async function openStamper(
  deps: { readonly log: Logger },
  config: Config,
  store: Pick<Store, "workerUrl">,
): Promise<Stamper> {
  const database = await openDatabase({
    url: store.workerUrl,
    role: "script_worker",
    poolSize: POOL_SIZE,
    applicationName: "script-stamper",
  });
  const all = { prisma: database.prisma, databaseUrl: store.workerUrl, now: () => new Date(), log: deps.log };
  const beat = await startStamperBeat(all, config);
  const stamper = startStamper({ ...all, onLook: beat.onLook });
  const retention = startRetention(all, {
    keepMs: config.EVENT_RETENTION_DAYS * DAY_MS,
    intervalMs: config.EVENT_RETENTION_CHECK_SECONDS * 1_000,
  });
  return {
    wake: stamper.wake,
    stop: async () => {
      await Promise.all([stamper.stop(), retention.stop()]);
      await beat.stop();
      await database.close();
    },
  };
}
