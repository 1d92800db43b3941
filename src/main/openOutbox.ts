import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import { startHeartbeat } from "../db/heartbeat.ts";
import { createInTenant } from "../db/inTenant.ts";
import { writeEvents } from "../events/domainEvent.ts";
import { createFindHandler } from "../outbox/createFindHandler.ts";
import { createDevelopmentHandler } from "../outbox/handlers/developmentHandler.ts";
import { createScriptsHandler } from "../outbox/handlers/scriptsHandler.ts";
import { SCRIPTS_PREFIX } from "../outbox/handlers/scriptsPayload.ts";
import { startOutboxBoss } from "../outbox/startOutboxBoss.ts";
import { startOutboxWorker, type OutboxWorker } from "../outbox/startOutboxWorker.ts";
import { completeRunAction } from "../runner/completeRunAction.ts";
import { startDueRunsSweeper } from "../runner/startDueRunsSweeper.ts";
import type { Config } from "./config.ts";
import { createMoveDeps } from "./createMoveDeps.ts";
import { createScriptSubmit } from "./createScriptSubmit.ts";
import type { Store } from "./openStore.ts";

interface OutboxDeps {
  /** In the role script_worker. */
  readonly prisma: PrismaClient;
  /** Wakes the materializer. */
  readonly wake: () => void;
  readonly wakeStamper: () => void;
  readonly log: Logger;
}

/** A handler's work is a database transaction or two; what takes longer hangs. */
const HANDLER_TIMEOUT_MS = 30_000;

/** pg-boss gives a sign of life for a job every 7.5 s. */
const DEAD_AFTER_MS = 20_000;

/** The worker of generic commands, with all the handlers there are. */
export async function openOutbox(
  { prisma, wake, wakeStamper, log }: OutboxDeps,
  config: Config,
  store: Pick<Store, "workerUrl">,
): Promise<OutboxWorker> {
  const now = () => new Date();
  await using opened = new AsyncDisposableStack();
  const boss = opened.adopt(await startOutboxBoss({ databaseUrl: store.workerUrl, log }), (one) =>
    one.stop({ graceful: false }),
  );
  const moveDeps = createMoveDeps({ boss, now }, config);
  const worker = opened.adopt(
    await startOutboxWorker(
      {
        prisma,
        boss,
        databaseUrl: store.workerUrl,
        findHandler: createFindHandler({
          byPrefix: {
            [SCRIPTS_PREFIX]: createScriptsHandler({
              submit: createScriptSubmit({ prisma, boss, wake, now }),
            }),
          },
          ...(config.MODE === "development" && { fallback: createDevelopmentHandler({ prisma }) }),
        }),
        isLocal: (command) => command.startsWith(SCRIPTS_PREFIX),
        writeEvents,
        onSettled: async (tx, row) => void (await completeRunAction(moveDeps, tx, row)),
        wakeStamper,
        now,
        log,
      },
      {
        sweep: {
          graceMs: 5_000,
          deadAfterMs: DEAD_AFTER_MS,
          intervalMs: config.SWEEP_INTERVAL_SECONDS * 1_000,
        },
        handlerTimeoutMs: HANDLER_TIMEOUT_MS,
      },
    ),
    (one) => one.stop(),
  );
  opened.adopt(
    await startHeartbeat(
      { prisma, now, log },
      { part: "outbox", intervalMs: config.HEARTBEAT_SECONDS * 1_000 },
    ),
    (one) => one.stop(),
  );
  opened.adopt(
    startDueRunsSweeper(
      { ...moveDeps, inTenant: createInTenant(prisma), prisma, log },
      config.RUN_SWEEP_INTERVAL_SECONDS * 1_000,
    ),
    (one) => one.stop(),
  );
  const open = opened.move();
  return { wake: worker.wake, stop: () => open.disposeAsync() };
}
