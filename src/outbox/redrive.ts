import type { Prisma } from "../db/generated/client.ts";
import { MAX_ATTEMPTS } from "./attempts.ts";
import type { OutboxKey, OutboxRow } from "./outboxRow.ts";
import type { SendOutboxJobs } from "./sendOutboxJobs.ts";

export interface RedriveDeps {
  /** Runs work in one transaction. */
  readonly inTransaction: <T>(work: (tx: RedriveTx) => Promise<T>) => Promise<T>;
  readonly sendJobs: SendOutboxJobs;
  readonly now: () => Date;
}

export type RedriveTx = Pick<Prisma.TransactionClient, "commandOutbox" | "$queryRawUnsafe">;

/** Which failed commands to send back; what is left out does not narrow. */
export interface RedriveFilter {
  readonly tenantId?: string;
  readonly id?: string;
  readonly command?: string;
  readonly failedAfter?: Date;
  readonly failedBefore?: Date;
  /** Not those of runs: a run that went on without its action would hear of it twice. */
  readonly includeRuns?: boolean;
  /** Most commands of one call. Default: 1,000. */
  readonly limit?: number;
}

/**
 * Sends failed commands back to the queue with a new set of attempts, the longest failed first. Their rows are
 * PENDING again, under the same id: a handler that made its effect before it failed can tell. Returns the rows.
 *
 * Needs a role that may update the outbox: script_worker, script_api or script_operator. Call it again until it
 * returns none to send back more than the limit.
 */
export async function redrive(deps: RedriveDeps, filter: RedriveFilter): Promise<OutboxRow[]> {
  const { sendJobs, now } = deps;
  return deps.inTransaction(async (tx) => {
    const failed = await findFailed(tx, filter);
    const sent: OutboxRow[] = [];
    for (const { attempts, ...key } of failed) {
      const at = now();
      const [row] = await tx.commandOutbox.updateManyAndReturn({
        // Not when somebody else has just sent it back.
        where: { ...key, attempts, status: "FAILED" },
        data: {
          status: "PENDING",
          maxAttempts: attempts + MAX_ATTEMPTS,
          dueAt: at,
          updatedAt: at,
          completedAt: null,
        },
      });
      if (row) sent.push(row);
    }
    if (sent.length > 0) await sendJobs(tx, sent);
    return sent;
  });
}

function findFailed(
  tx: RedriveTx,
  filter: RedriveFilter,
): Promise<(OutboxKey & Pick<OutboxRow, "attempts">)[]> {
  const { tenantId, id, command, failedAfter, failedBefore, includeRuns = false, limit = 1_000 } = filter;
  return tx.commandOutbox.findMany({
    where: {
      status: "FAILED",
      ...(tenantId !== undefined && { tenantId }),
      ...(id !== undefined && { id }),
      ...(command !== undefined && { command }),
      ...((failedAfter ?? failedBefore) && {
        completedAt: { ...(failedAfter && { gte: failedAfter }), ...(failedBefore && { lt: failedBefore }) },
      }),
      ...(!includeRuns && { runId: null }),
    },
    select: { tenantId: true, id: true, attempts: true },
    orderBy: [{ completedAt: "asc" }, { tenantId: "asc" }, { id: "asc" }],
    take: limit,
  });
}
