import { decideBatch } from "../../../src/scripts/decideBatch.ts";
import type { DecidedCommand } from "../../../src/scripts/decideBatch.ts";
import { toDocument } from "../../../src/scripts/document/document.ts";
import { EMPTY_STATE } from "../../../src/scripts/emptyState.ts";
import type { ScriptState } from "../../../src/scripts/state.ts";
import type { ScriptDocument } from "../../../src/scripts/storedCommand.ts";
import type { ScriptPlan } from "../../../src/guidance/planScript.ts";

export interface PlayedPlan {
  readonly state: ScriptState;
  readonly log: readonly DecidedCommand[];
  /** What each version holds, by number. */
  readonly documents: ReadonlyMap<number, ScriptDocument>;
}

/** Decides a plan's commands step by step, as submitCommands would. Throws at the first refusal. */
export function playPlan({ steps }: Extract<ScriptPlan, { kind: "planned" }>): PlayedPlan {
  const log: DecidedCommand[] = [];
  const documents = new Map<number, ScriptDocument>();
  let state = EMPTY_STATE;
  for (const { commands } of steps) {
    const decision = decideBatch({ state, sequence: log.length }, commands, {
      sealedDocument: (version) => documents.get(version),
    });
    if (decision.kind === "refused") throw new Error(JSON.stringify(decision.refusals));
    log.push(...decision.commands);
    if (decision.state.latestVersion > state.latestVersion)
      documents.set(decision.state.latestVersion, toDocument(decision.state));
    ({ state } = decision);
  }
  return { state, log, documents };
}
