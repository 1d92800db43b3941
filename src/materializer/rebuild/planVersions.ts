import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import { newId } from "../../kernel/newId.ts";
import type { MaterializationBase, PlannedVersion, TailCommand } from "../materialization.ts";
import { planMaterialization, splitAtCommits } from "../planMaterialization.ts";

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
  for await (const page of pages)
    // Each holds a whole document, and a page may seal a thousand of them.
    for (const range of splitAtCommits(page)) {
      const plan = planMaterialization(base, range, newId);
      last = plan.versions[0]!;
      if (last.sealedAt !== null) yield last;
      base = plan.next;
    }
  if (last?.sealedAt === null) yield last;
}
