import type { PgBoss } from "pg-boss";
import type { PrismaClient } from "../db/generated/client.ts";
import { appendCommands, type AppendOutcome, type AppendRequest } from "../log/appendCommands.ts";
import { sendMaterializeJobs } from "../materializer/sendMaterializeJobs.ts";

export interface AppendAndWakeDeps {
  readonly prisma: Pick<PrismaClient, "$transaction">;
  readonly boss: Pick<PgBoss, "insert">;
  readonly wake: () => void;
}

/** Appends, and wakes a worker once the jobs can be seen. */
export async function appendAndWake(
  deps: AppendAndWakeDeps,
  requests: readonly AppendRequest[],
): Promise<AppendOutcome[]> {
  let sent = false;
  const outcomes = await appendCommands(
    {
      prisma: deps.prisma,
      sendJobs: async (tx, scripts) => {
        await sendMaterializeJobs(deps.boss, tx, scripts);
        sent = true;
      },
    },
    requests,
  );
  if (sent) deps.wake();
  return outcomes;
}
