import type { Express } from "express";
import type { Logger } from "pino";
import type { Submission, SubmitOutcome } from "../commands/submission.ts";
import { submitCommands, type SubmitDeps } from "../commands/submitCommands.ts";
import { openDatabase } from "../db/openDatabase.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import { createApp } from "../http/createApp.ts";
import { appendCommands, type AppendOutcome, type AppendRequest } from "../log/appendCommands.ts";
import { createGroupCommit } from "../log/groupCommit.ts";
import { loadState } from "../log/loadState.ts";
import { readCommands } from "../log/readCommands.ts";
import { StreamCache } from "../log/streamCache.ts";
import { sendMaterializeJobs } from "../materializer/sendMaterializeJobs.ts";
import { startJobSender, type JobSender } from "../materializer/startJobSender.ts";
import { waitUntilMaterialized } from "../materializer/waitUntilMaterialized.ts";
import { createWakeWorkers } from "../materializer/wakeWorkers.ts";
import type { Config } from "./config.ts";
import type { RunningWorker } from "./openWorker.ts";
import type { Store } from "./openStore.ts";
import { createReadiness, type Readiness } from "./readiness.ts";

export interface Api {
  readonly app: Express;
  readonly prisma: PrismaClient;
  readonly readiness: Readiness;
  submit(submission: Submission): Promise<SubmitOutcome>;
  stop(): Promise<void>;
}

interface ApiDeps {
  readonly log: Logger;
  /** The worker of this process, if it has one: woken without a round trip. */
  readonly worker: RunningWorker | undefined;
}

/** The API's side of a process: its database client, the write path and the routes on it. */
export async function openApi(deps: ApiDeps, config: Config, store: Pick<Store, "apiUrl">): Promise<Api> {
  const { log } = deps;
  await using opened = new AsyncDisposableStack();
  const { prisma } = opened.adopt(await openDatabaseOfApi(config, store), (one) => one.close());
  const sender = opened.adopt(await startJobSender({ databaseUrl: store.apiUrl, log }), (one) => one.stop());
  const wake = deps.worker?.wake ?? createWakeWorkers({ prisma, log });
  const streams = new StreamCache(config.STREAM_CACHE_MB * 1_000_000);
  const submitDeps: SubmitDeps = {
    prisma,
    streams,
    now: () => new Date(),
    ...createGroupCommit({ append: (requests) => appendAndWake({ prisma, sender, wake }, requests) }),
  };
  const submit = (submission: Submission) => submitCommands(submitDeps, submission);
  const readiness = createReadiness({ prisma });
  const app = createApp({
    submit,
    loadState: (input) => loadState({ prisma, streams }, input),
    readCommands: (input) => readCommands({ prisma }, input),
    waitUntilMaterialized: (input) => waitUntilMaterialized({ prisma }, input),
    prisma,
    readiness,
    log,
    config: {
      bodyLimitBytes: config.BODY_LIMIT_MB * 1_000_000,
      defaultWaitSeconds: config.DEFAULT_WAIT_SECONDS,
    },
  });
  const open = opened.move();
  return { app, prisma, readiness, submit, stop: () => open.disposeAsync() };
}

function openDatabaseOfApi(config: Config, store: Pick<Store, "apiUrl">) {
  return openDatabase({
    url: store.apiUrl,
    role: "script_api",
    poolSize: config.API_POOL_SIZE,
    applicationName: "script-api",
  });
}

/** Appends, and wakes a worker once the jobs can be seen. */
async function appendAndWake(
  deps: { readonly prisma: PrismaClient; readonly sender: JobSender; readonly wake: () => void },
  requests: readonly AppendRequest[],
): Promise<AppendOutcome[]> {
  let sent = false;
  const outcomes = await appendCommands(
    {
      prisma: deps.prisma,
      sendJobs: async (tx, scripts) => {
        await sendMaterializeJobs(deps.sender.boss, tx, scripts);
        sent = true;
      },
    },
    requests,
  );
  if (sent) deps.wake();
  return outcomes;
}
