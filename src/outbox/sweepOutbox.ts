import type { PgBoss } from "pg-boss";
import type { PrismaClient } from "../db/generated/client.ts";
import type { OutboxKey } from "./outboxRow.ts";
import { OUTBOX_FAILED_QUEUE, OUTBOX_QUEUE, toJob } from "./sendOutboxJobs.ts";
import { selectOverdueCommands, selectSettledDeadLetters } from "./sweepOutbox.sql.ts";

export interface SweepOutboxDeps {
  readonly prisma: Pick<PrismaClient, "$queryRaw">;
  readonly boss: Pick<PgBoss, "insert" | "deleteJob">;
  readonly now: () => Date;
}

export interface SweepOutboxOptions {
  /** How long a command must be overdue, in ms. */
  readonly graceMs: number;
  /** How long the worker of a job must have given no sign of life, in ms. It gives one every 7.5 s. */
  readonly deadAfterMs: number;
}

const PAGE = 500;

/**
 * Sends a job for every command that is overdue and has none, so that a job lost to any cause only costs time,
 * and takes away the dead letters of commands that were sent back. Returns how many jobs were sent.
 *
 * Needs no lock: of two jobs for one command, one finds nothing to do.
 */
export async function sweepOutbox(deps: SweepOutboxDeps, options: SweepOutboxOptions): Promise<number> {
  const dueBefore = new Date(deps.now().getTime() - options.graceMs);
  let sent = 0;
  let after: OutboxKey = { tenantId: "", id: "" };
  for (;;) {
    const page = { after, limit: PAGE, dueBefore, deadAfterMs: options.deadAfterMs };
    const overdue = await selectOverdueCommands(deps.prisma, page);
    const last = overdue.at(-1);
    if (!last) break;
    await deps.boss.insert(
      OUTBOX_QUEUE,
      overdue.map((key) => toJob(key)),
    );
    sent += overdue.length;
    after = last;
  }
  const settled = await selectSettledDeadLetters(deps.prisma, { limit: PAGE });
  if (settled.length > 0) await deps.boss.deleteJob(OUTBOX_FAILED_QUEUE, settled);
  return sent;
}
