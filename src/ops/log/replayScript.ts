import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import { replay } from "../../scripts/replay.ts";
import type { ScriptState } from "../../scripts/state.ts";
import { readLogPages } from "./readLogPages.ts";

/**
 * The state right after a command, by every command from the first: no snapshot is trusted. Throws ReplayError
 * for a command that cannot be applied, and at a gap.
 */
export async function replayScript(
  deps: { readonly prisma: Pick<PrismaClient, "$queryRaw">; readonly onCommands?: (count: number) => void },
  input: ScriptKey & { readonly upTo: number },
): Promise<ScriptState> {
  let state = EMPTY_STATE;
  for await (const page of readLogPages(deps, { ...input, after: 0 })) {
    state = replay(state, page);
    deps.onCommands?.(page.length);
  }
  return state;
}
