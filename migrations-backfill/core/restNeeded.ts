import type { PrismaClient } from "../../src/db/generated/client.ts";
import type { BackfillDefinition } from "./definition.ts";
import { readHealth } from "./health.sql.ts";

/** Sessions that may wait for a lock. Workers of the move that wait for each other are among them. */
const MOST_LOCK_WAITS = 8;
/** Of the server's connections; the rest is for people. */
const MOST_CONNECTIONS = 0.9;
/** Why a move should let the database rest before its next batch, for a person; undefined when it need not. */
export async function restNeeded(
  deps: { readonly prisma: PrismaClient },
  definition: BackfillDefinition,
): Promise<string | undefined> {
  const move = await deps.prisma.backfill.findUniqueOrThrow({
    where: { name: definition.name },
    select: { status: true, maxScriptsBehind: true, units: { where: { finishedAt: null }, take: 1 } },
  });
  // A move that was stopped or is over is told so by the next batch, however busy the database is.
  if (move.units.length === 0 || move.status !== "RUNNING") return undefined;
  const health = await readHealth(deps.prisma, move.maxScriptsBehind + 1);
  if (health.scriptsBehind > move.maxScriptsBehind)
    return `more than ${move.maxScriptsBehind} script(s) wait for the materializer`;
  if (health.lockWaits > MOST_LOCK_WAITS) return `${health.lockWaits} session(s) wait for locks`;
  if (health.connectionsUsed > MOST_CONNECTIONS)
    return `${Math.round(health.connectionsUsed * 100)} % of the database's connections are taken`;
  return undefined;
}
