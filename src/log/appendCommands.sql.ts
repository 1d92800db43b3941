import type { Prisma } from "../db/generated/client.ts";
import type { AppendOutcome, AppendRequest } from "./appendCommands.ts";

/**
 * The one door to the log: the database function scripts.append_commands. Each request stands for itself and
 * gets its own outcome, in the order given.
 */
export async function callAppendCommands(
  tx: Prisma.TransactionClient,
  requests: readonly AppendRequest[],
): Promise<AppendOutcome[]> {
  const rows = await tx.$queryRaw<{ outcomes: AppendOutcome[] }[]>`
    select scripts.append_commands(${JSON.stringify(requests)}::jsonb) as outcomes`;
  return rows[0]!.outcomes;
}
