import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import { newId } from "../../kernel/newId.ts";
import type { MaterializationBase, PlannedVersion, TailCommand } from "../materialization.ts";
import { planMaterialization } from "../planMaterialization.ts";

/**
 * The versions that a log gives, from its first command and in order, one at a time: each sealed one, and the open
 * one at the end. The pure half of materialize; what it plans of audit rows and events is let go of.
 *
 * Throws ReplayError when a command cannot be applied.
 */
export async function* planVersions(
  pages: AsyncIterable<readonly TailCommand[]>,
): AsyncGenerator<PlannedVersion> {
  let base: MaterializationBase = { state: EMPTY_STATE, sequence: 0, openVersion: null };
  let last: PlannedVersion | undefined;
  for await (const page of pages) {
    const plan = planMaterialization(base, page, newId);
    for (const version of plan.versions) if (version.sealedAt !== null) yield version;
    last = plan.versions.at(-1);
    base = plan.next;
  }
  if (last?.sealedAt === null) yield last;
}
