import type { Prisma } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import type { LogEntry } from "../runs/trace.ts";
import type { RunKey } from "./runnerDeps.ts";

/** Adds to what happened in a run. `after`: how many entries it has. The run's lock must be held. */
export async function writeLog(
  tx: Pick<TenantTx, "scriptRunLog">,
  { tenantId, runId }: RunKey,
  input: {
    readonly after: number;
    readonly entries: readonly LogEntry[];
    readonly requestId: string;
    readonly actorId: string;
    readonly occurredAt: Date;
  },
): Promise<void> {
  const { after, entries, requestId, actorId, occurredAt } = input;
  await tx.scriptRunLog.createMany({
    data: entries.map((entry, index) => ({
      tenantId,
      runId,
      ordinal: after + 1 + index,
      requestId,
      actorId,
      entry: entry as unknown as Prisma.InputJsonObject,
      occurredAt,
    })),
  });
}
