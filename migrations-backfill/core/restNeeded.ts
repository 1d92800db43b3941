import type { PrismaClient } from "../../src/db/generated/client.ts";
import type { BackfillDefinition } from "./definition.ts";
import { countMovedBehind, readHealth } from "./health.sql.ts";

/** Sessions that may wait for a lock. Workers of the move that wait for each other are among them. */
const MOST_LOCK_WAITS = 8;
/** Of the server's connections; the rest is for people. */
const MOST_CONNECTIONS = 0.9;
/** Scripts behind that are counted for a message. */
const COUNTED = 10_000;

/**
 * Why a move should let the database rest before its next batch, for a person; undefined when it need not. A unit
 * whose rows point at versions waits for those that the move has appended.
 */
export async function restNeeded(
  deps: { readonly prisma: PrismaClient },
  definition: BackfillDefinition,
): Promise<string | undefined> {
  const move = await deps.prisma.backfill.findUniqueOrThrow({
    where: { name: definition.name },
    select: {
      status: true,
      maxScriptsBehind: true,
      units: { where: { finishedAt: null }, select: { unit: true } },
    },
  });
  const next = definition.units.find(({ name }) => move.units.some(({ unit }) => unit === name));
  // A move that was stopped or is over is told so by the next batch, however busy the database is.
  if (!next || move.status !== "RUNNING") return undefined;
  if (next.needsVersions) {
    const behind = await countMovedBehind(deps.prisma, definition.name, COUNTED);
    if (behind > 0)
      return `${behind} moved script(s) wait for the materializer, and unit "${next.name}" needs their versions`;
  }
  const health = await readHealth(deps.prisma, move.maxScriptsBehind + 1);
  if (health.scriptsBehind > move.maxScriptsBehind)
    return `more than ${move.maxScriptsBehind} script(s) wait for the materializer`;
  if (health.lockWaits > MOST_LOCK_WAITS) return `${health.lockWaits} session(s) wait for locks`;
  if (health.connectionsUsed > MOST_CONNECTIONS)
    return `${Math.round(health.connectionsUsed * 100)} % of the database's connections are taken`;
  return undefined;
}
