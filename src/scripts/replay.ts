import { cloneJson } from "./cloneJson.ts";
import type { ScriptDraft } from "./commands/editDraft.ts";
import { ReplayError } from "./replayError.ts";
import type { ScriptState } from "./state.ts";
import type { StoredCommand } from "./storedCommand.ts";
import { upcast } from "./upcast.ts";

/**
 * Applies commands of the log in order, without patches and without immer, to a private copy: 250,000 small
 * commands a second on 200 nodes, 13,000 on 2,000 (a new entity looks at the orders of all). Neither `from`
 * nor the commands are changed. Payloads are not parsed again: what was accepted once is history.
 *
 * Throws ReplayError at the first command that cannot be applied, and at a gap in the sequences.
 */
export function replay(from: ScriptState, commands: Iterable<StoredCommand>): ScriptState {
  const draft = cloneJson(from) as ScriptDraft;
  let last: number | undefined;
  for (const command of commands) {
    if (last !== undefined && command.sequence !== last + 1) {
      throw new ReplayError(
        command.sequence,
        "sequence_gap",
        `It follows command ${last}. Read the log in order and whole.`,
      );
    }
    last = command.sequence;
    apply(draft, command);
  }
  return draft;
}

function apply(draft: ScriptDraft, command: StoredCommand): void {
  const { sequence, facts } = command;
  const { definition, payload } = upcast(command);
  try {
    definition.evolve(draft, payload, facts, { sequence });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ReplayError(sequence, "evolve_failed", `${command.type} cannot be applied: ${reason}`, {
      cause,
    });
  }
}
