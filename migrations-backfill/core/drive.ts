import { setTimeout as delay } from "node:timers/promises";
import type { BackfillDefinition } from "./definition.ts";
import { patiently } from "./patiently.ts";
import { restNeeded } from "./restNeeded.ts";
import type { BatchDeps, BatchOutcome } from "./batch.ts";
import { runBatch } from "./runBatch.ts";

/** How a move stands while it is driven. */
export type DriveStep = BatchOutcome;

/** How long to wait before another look at a database that has enough to do, in ms. */
const REST_MS = 500;

/**
 * Runs batch after batch in this process until every row has been looked at or the operator stops the move, and
 * tells of each. Waits while the materializer is behind, so that a move never drowns the edits of people, and
 * while the database is away.
 */
export async function* drive(deps: BatchDeps, definition: BackfillDefinition): AsyncGenerator<DriveStep> {
  const wait = (error: unknown): void =>
    deps.log.warn({ err: error }, "the database is not there for a batch");
  for (let size: number | undefined; ;) {
    const because = await patiently(() => restNeeded(deps, definition), wait);
    if (because !== undefined) {
      yield { kind: "resting", because };
      await delay(REST_MS);
      continue;
    }
    const outcome = await patiently(
      () => runBatch(deps, definition, size === undefined ? {} : { size }),
      wait,
    );
    yield outcome;
    if (outcome.kind === "resting") {
      await delay(REST_MS);
      continue;
    }
    if (outcome.kind !== "moved") return;
    size = outcome.nextSize;
    const { restMs } = await patiently(
      () => deps.prisma.backfill.findUniqueOrThrow({ where: { name: definition.name } }),
      wait,
    );
    if (restMs > 0) await delay(restMs);
  }
}
