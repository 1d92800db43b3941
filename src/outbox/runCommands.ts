import type { Job, JobResult } from "pg-boss";
import type { Logger } from "pino";
import type { PrismaClient } from "../db/generated/client.ts";
import { claimRows, type ClaimDeps } from "./claimRows.ts";
import { callHandler, type CallDeps } from "./callHandler.ts";
import type { HandlerOutcome } from "./handler.ts";
import type { OutboxKey, OutboxRow } from "./outboxRow.ts";
import { OUTBOX_QUEUE, toJob, type OutboxJob } from "./sendOutboxJobs.ts";
import { settleRow, type SettleDeps, type SettleOutcome } from "./settleRow.ts";

export type OutboxAttempt = Pick<Job<OutboxJob>, "id" | "retryCount" | "data" | "signal">;

export interface RunDeps extends ClaimDeps, CallDeps, SettleDeps {
  readonly prisma: Pick<PrismaClient, "$transaction" | "commandOutbox">;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /**
   * Whether a command's handler works on this database alone. Such a one takes long when the database does, and more
   * of them at once would only make it worse.
   */
  readonly isLocal: (command: string) => boolean;
  /** Called with the time at which a job that was sent just now is due. */
  readonly wakeAt: (at: Date) => void;
  /** Called once a command is settled and its event can be seen. */
  readonly afterSettled: (row: OutboxRow) => void;
}

/**
 * Works on a batch of jobs: takes all their rows at once, then calls the handlers side by side and settles each
 * row in a transaction of its own. A job is completed in that transaction; what is returned says what is to
 * become of those that were not. heldUp is called when a handler waits long for something outside: its batch
 * waits along, and the jobs behind should not.
 */
export async function runCommands(
  deps: RunDeps,
  jobs: readonly OutboxAttempt[],
  heldUp: () => void,
): Promise<JobResult[]> {
  const claimed = await claimRows(
    deps,
    jobs.map((job) => job.data),
  );
  const rows = new Map(claimed.map((row) => [nameOf(row), row]));
  return Promise.all(
    jobs.map(async (job) => {
      try {
        // Of two jobs for one row in this batch the first works.
        const row = rows.get(nameOf(job.data));
        rows.delete(nameOf(job.data));
        const outcome = row ? await runRow(deps, row, job, heldUp) : await lookAfterUnclaimed(deps, job);
        return { id: job.id, status: "completed" as const, output: { outcome } };
      } catch (error) {
        deps.log.error({ ...job.data, err: error }, "a command's attempt was interrupted; it is tried again");
        return { id: job.id, status: "failed" as const, output: { message: String(error) } };
      }
    }),
  );
}

function nameOf({ tenantId, id }: OutboxKey): string {
  return JSON.stringify([tenantId, id]);
}

/** When a handler that waits for something outside holds up the commands behind it, in ms. */
const LONG_MS = 200;

async function runRow(
  deps: RunDeps,
  row: OutboxRow,
  job: OutboxAttempt,
  heldUp: () => void,
): Promise<SettleOutcome["kind"]> {
  await deps.pause?.("claimed", row);
  const takesLong = deps.isLocal(row.command) ? undefined : setTimeout(heldUp, LONG_MS);
  const outcome = await callHandler(deps, row, job.signal).finally(() => clearTimeout(takesLong));
  await deps.pause?.("handled", row);
  const settled = await settleOrRetry(deps, row, job, outcome);
  if (settled.kind === "postponed") deps.wakeAt(settled.row.dueAt);
  if (settled.kind === "settled") deps.afterSettled(settled.row);
  if (outcome.kind === "retry" || settled.kind === "superseded")
    deps.log.warn({ ...describe(row), outcome: settled.kind }, "a command's attempt failed");
  return settled.kind;
}

/** What the handler writes, or what hangs on the settlement, may fail: that attempt has failed then. */
async function settleOrRetry(
  deps: RunDeps,
  row: OutboxRow,
  job: OutboxAttempt,
  outcome: HandlerOutcome,
): Promise<SettleOutcome> {
  try {
    return await settleRow(deps, row, job, outcome);
  } catch (error) {
    if (outcome.kind !== "completed" && outcome.kind !== "failed") throw error;
    deps.log.error({ ...describe(row), err: error }, "a command could not be settled");
    return settleRow(deps, row, job, { kind: "retry", error: NOT_SETTLED });
  }
}

const NOT_SETTLED = {
  code: "not_settled",
  message: "What the command did could not be written down. The log of the service says why.",
};

/**
 * A row that could not be taken is settled already, by another job, or somebody had its last attempt and may have
 * died in it: then nobody has said yet that it failed. As long as that attempt may still be alive, it is waited for.
 */
async function lookAfterUnclaimed(deps: RunDeps, job: OutboxAttempt): Promise<string> {
  const { tenantId, id } = job.data;
  const row = await deps.prisma.commandOutbox.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (row?.status !== "PROCESSING" || row.attempts < row.maxAttempts) return "nothing_to_do";
  const overAt = new Date(row.updatedAt.getTime() + deps.handlerTimeoutMs + SETTLE_MS);
  if (deps.now() < overAt) {
    await deps.boss.insert(OUTBOX_QUEUE, [toJob(row, overAt)]);
    deps.wakeAt(overAt);
    return "postponed";
  }
  deps.log.error(describe(row), "the worker of a command died in its last attempt");
  const settled = await settleRow(deps, row, job, { kind: "retry", error: WORKER_DIED });
  return settled.kind;
}

/** How long settling takes at most, when all is well, in ms. */
const SETTLE_MS = 1_000;

const WORKER_DIED = {
  code: "worker_died",
  message: "The worker ended before the command was done, in the last of its attempts.",
};

function describe({ tenantId, id, command, correlationId, attempts }: OutboxRow) {
  return { tenantId, commandId: id, command, correlationId, attempt: attempts };
}
