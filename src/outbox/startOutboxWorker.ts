import type { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import { JobLoops } from "../db/jobLoops.ts";
import { startListener } from "../db/startListener.ts";
import type { FindHandler } from "./handler.ts";
import { runCommands, type RunDeps } from "./runCommands.ts";
import { OUTBOX_QUEUE, type OutboxJob } from "./sendOutboxJobs.ts";
import type { SettleDeps } from "./settleRow.ts";
import { startOutboxSweeper } from "./startOutboxSweeper.ts";
import type { SweepOutboxOptions } from "./sweepOutbox.ts";

/** Channel on which API processes tell workers that commands are waiting. The payload is empty: the queue is the truth. */
export const OUTBOX_WAKE_CHANNEL = "scripts_commands";

export interface OutboxWorkerDeps extends Omit<SettleDeps, "prisma" | "boss"> {
  /** In the role script_worker. */
  readonly prisma: PrismaClient;
  /** Of startOutboxBoss. */
  readonly boss: PgBoss;
  /** For a connection that listens; in the role script_worker, as prisma. */
  readonly databaseUrl: string;
  readonly findHandler: FindHandler;
  readonly isLocal: RunDeps["isLocal"];
  /** Called after a commit that wrote events. */
  readonly wakeStamper: () => void;
  readonly log: Logger;
}

export interface OutboxWorkerOptions {
  readonly sweep: SweepOutboxOptions & { readonly intervalMs: number };
  /** How long a handler may take, in ms; well below the 120 s after which its job expires. */
  readonly handlerTimeoutMs: number;
}

export interface OutboxWorker {
  /** Makes the worker look for jobs now. To be called after the commit that sent them. */
  readonly wake: () => void;
  /** Finishes the commands at hand and takes no more; prisma and boss stay as they are. */
  stop(): Promise<void>;
}

/**
 * A loop waits for the slowest command of its batch, and another one takes its place meanwhile. Once so many commands
 * are at work, the next ones wait for the first loop that is done.
 */
const SIZE = { loops: 4, batchSize: 10, atWork: 400 };

/**
 * Starts handling commands: takes jobs from the queue until it is stopped.
 *
 * Workers of any number of processes share one queue. Commands are handled side by side, those of one script or
 * one caller too: who needs an order waits for the completion of one before sending the next.
 */
export async function startOutboxWorker(
  deps: OutboxWorkerDeps,
  options: OutboxWorkerOptions,
): Promise<OutboxWorker> {
  const { boss } = deps;
  const loops = new JobLoops(boss, OUTBOX_QUEUE);
  const { wake } = loops;
  const alarm = createAlarm(wake);
  const runDeps: RunDeps = {
    ...deps,
    wakeAt: alarm.set,
    afterSettled: ({ runId }) => {
      deps.wakeStamper();
      // The run has walked on, and may have sent its next command.
      if (runId !== null) wake();
    },
    handlerTimeoutMs: options.handlerTimeoutMs,
  };
  const sweeper = await startOutboxSweeper({ ...deps, wake }, options.sweep);
  await loops.start<OutboxJob>(SIZE, (jobs, heldUp) => runCommands(runDeps, jobs, heldUp));
  const listener = startListener(
    { databaseUrl: deps.databaseUrl, role: "script_worker", log: deps.log },
    { channel: OUTBOX_WAKE_CHANNEL, onNotify: wake, onConnect: wake },
  );
  return {
    wake,
    stop: async () => {
      alarm.stop();
      await Promise.all([sweeper.stop(), listener.stop()]);
      await loops.stop();
    },
  };
}

/** Wakes at given times, so that a job that was sent for later does not wait for the next look on top. */
function createAlarm(wake: () => void): { set: (at: Date) => void; stop: () => void } {
  const timers = new Set<NodeJS.Timeout>();
  return {
    set: (at) => {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          wake();
        },
        // A moment later: the database's clock decides whether the job is due.
        Math.max(0, at.getTime() - Date.now()) + 5,
      ).unref();
      timers.add(timer);
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
