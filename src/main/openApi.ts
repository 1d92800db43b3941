import type { Express } from "express";
import type { Logger } from "pino";
import type { Submission, SubmitOutcome } from "../commands/submission.ts";
import { openDatabase } from "../db/openDatabase.ts";
import { createInTenant, type InTenant } from "../db/inTenant.ts";
import { createApp } from "../http/createApp.ts";
import type { HttpDeps } from "../http/httpDeps.ts";
import { createAnswerOnce } from "../http/idempotency/answerOnce.ts";
import { loadState } from "../log/loadState.ts";
import { StreamCache } from "../log/streamCache.ts";
import { startJobSender } from "../materializer/startJobSender.ts";
import { waitUntilMaterialized } from "../materializer/waitUntilMaterialized.ts";
import { createWakeWorkers } from "../materializer/wakeWorkers.ts";
import { createRunner } from "../runner/createRunner.ts";
import { toDocument } from "../scripts/document/document.ts";
import { createCommands } from "../outbox/createCommands.ts";
import { createSendOutboxJobs } from "../outbox/sendOutboxJobs.ts";
import { OUTBOX_WAKE_CHANNEL } from "../outbox/startOutboxWorker.ts";
import type { Config } from "./config.ts";
import { createMoveDeps } from "./createMoveDeps.ts";
import { openEvents } from "./openEvents.ts";
import { openSubmit } from "./openSubmit.ts";
import { openGuidance, type GuidanceOptions } from "./openGuidance.ts";
import type { RunningWorker } from "./openWorker.ts";
import type { Store } from "./openStore.ts";
import { createAuthenticator } from "./createAuthenticator.ts";
import { createRateLimits, createWatch } from "./createWatch.ts";
import type { Readiness } from "./readiness.ts";

export interface Api {
  readonly app: Express;
  readonly inTenant: InTenant;
  readonly readiness: Readiness;
  submit(submission: Submission): Promise<SubmitOutcome>;
  /** Ends the event streams and opens no more: without it the server waits for their clients to go. */
  endStreams(): Promise<void>;
  stop(): Promise<void>;
}

/** How long reading a script may take, in ms: one that nobody has used lately is replayed first. */
const LOAD_TIMEOUT_MS = 60_000;

interface ApiDeps {
  readonly log: Logger;
  /** The worker of this process, if it has one: woken without a round trip. */
  readonly worker: RunningWorker | undefined;
  readonly guidance?: GuidanceOptions | undefined;
}

/** The API's side of a process: its database client, the write path and the routes on it. */
export async function openApi(deps: ApiDeps, config: Config, store: Pick<Store, "apiUrl">): Promise<Api> {
  const { log } = deps;
  await using opened = new AsyncDisposableStack();
  const database = opened.adopt(await openDatabaseOfApi(config, store), (one) => one.close());
  const { prisma } = database;
  const sender = opened.adopt(await startJobSender({ databaseUrl: store.apiUrl, log }), (one) => one.stop());
  const events = opened.adopt(
    await openEvents({ prisma, log, wakeOwn: deps.worker?.wakeStamper }, config, store),
    (one) => one.stop(),
  );
  const wake = deps.worker?.wake ?? createWakeWorkers({ prisma, log });
  const wakeCommands =
    deps.worker?.wakeCommands ?? createWakeWorkers({ prisma, log, channel: OUTBOX_WAKE_CHANNEL });
  const streams = new StreamCache(config.STREAM_CACHE_MB * 1_000_000);
  const inTenant = createInTenant(prisma);
  const now = () => new Date();
  const { wakeStamper } = events;
  const writing = opened.adopt(
    await openSubmit({ inTenant, streams, boss: sender.boss, wake, wakeStamper }, store),
    (one) => one.stop(),
  );
  const readState: HttpDeps["loadState"] = (input) =>
    inTenant(input.tenantId, (tx) => loadState({ prisma: tx, streams }, input), {
      timeoutMs: LOAD_TIMEOUT_MS,
    });
  const { metrics, readiness } = createWatch({ database, now }, config);
  const submit = async (submission: Submission) => {
    const outcome = await writing.submit(submission);
    metrics.submitted(outcome);
    return outcome;
  };
  const runs = createRunner({
    ...createMoveDeps({ boss: sender.boss, now }, config),
    // What moves a run writes an event of it.
    inTenant: async (tenantId, work, options) => {
      const done = await inTenant(tenantId, work, options);
      wakeStamper();
      return done;
    },
    wake: wakeCommands,
    loadDraft: async (key) => {
      const loaded = await readState(key);
      return loaded.kind === "found" ? toDocument(loaded.state) : undefined;
    },
  });
  const commands = createCommands({
    inTenant,
    sendJobs: createSendOutboxJobs(sender.boss),
    wake: wakeCommands,
    now,
  });
  const guidance = openGuidance(
    {
      inTenant,
      runs,
      submit,
      now,
      log,
      wake: wakeCommands,
      sendJobs: createSendOutboxJobs(sender.boss),
      waitFor: (write) =>
        waitUntilMaterialized({ inTenant }, { ...write, timeoutMs: config.DEFAULT_WAIT_SECONDS * 1_000 }),
      counted: (compared) => metrics.dualRead(compared),
    },
    deps.guidance,
  );
  opened.defer(() => guidance.settle());
  const app = createApp({
    commands,
    runs,
    guidance,
    authenticate: createAuthenticator({ prisma, now }, config),
    redeemTicket: events.redeemTicket,
    streams: events.streams,
    inTenant,
    submit,
    loadState: readState,
    waitUntilMaterialized: (input) => waitUntilMaterialized({ inTenant }, input),
    answerOnce: createAnswerOnce(
      { inTenant, now, log },
      {
        keepMs: config.IDEMPOTENCY_KEY_HOURS * 3_600_000,
        leaseMs: config.IDEMPOTENCY_LEASE_SECONDS * 1_000,
        waitMs: config.IDEMPOTENCY_WAIT_SECONDS * 1_000,
      },
    ),
    rateLimits: createRateLimits(config),
    metrics,
    readiness,
    log,
    config: {
      corsOrigins: config.CORS_ORIGINS,
      bodyLimitBytes: config.BODY_LIMIT_MB * 1_000_000,
      defaultWaitSeconds: config.DEFAULT_WAIT_SECONDS,
    },
  });
  const open = opened.move();
  return {
    app,
    inTenant,
    readiness,
    submit,
    endStreams: () => events.streams.end(),
    stop: () => open.disposeAsync(),
  };
}

function openDatabaseOfApi(config: Config, store: Pick<Store, "apiUrl">) {
  return openDatabase({
    url: store.apiUrl,
    role: "script_api",
    poolSize: config.API_POOL_SIZE,
    applicationName: "script-api",
  });
}
