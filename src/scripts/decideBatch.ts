import type { CommandDefinition, DecideContext, Refusal } from "./command.ts";
import { toDocument } from "./document/document.ts";
import { evolve } from "./evolve.ts";
import type { BatchCommand, Reason } from "./parseCommand.ts";
import { parseCommand } from "./parseCommand.ts";
import { parseCommandName } from "./registry.ts";
import type { ScriptState } from "./state.ts";
import type { PatchOperation, StoredCommand } from "./storedCommand.ts";

/** A command that was accepted: what the log keeps of it. */
export interface DecidedCommand extends StoredCommand {
  readonly patch: readonly PatchOperation[];
  readonly inversePatch: readonly PatchOperation[];
}

/** What the core cannot know by itself. */
export type BatchContext = Pick<DecideContext, "sealedDocument">;

export type BatchDecision =
  | {
      readonly kind: "accepted";
      readonly commands: readonly DecidedCommand[];
      /** The state after the last command. */
      readonly state: ScriptState;
      /** All commands' patches in order. */
      readonly patch: readonly PatchOperation[];
    }
  /** Reasons against the first command that is refused. Those behind it may depend on it and are not looked at. */
  | { readonly kind: "refused"; readonly refusals: readonly Refusal[] };

/** Decides a batch on a script whose log ends at stream.sequence with stream.state: all commands or none. */
export function decideBatch(
  stream: { readonly state: ScriptState; readonly sequence: number },
  commands: readonly BatchCommand[],
  context: BatchContext,
): BatchDecision {
  let { state, sequence } = stream;
  const decided: DecidedCommand[] = [];
  const sealed = new Map<number, ScriptState>();
  const sealedDocument = (version: number) => {
    const sealedState = sealed.get(version);
    return sealedState ? toDocument(sealedState) : context.sealedDocument(version);
  };
  for (const [index, command] of commands.entries()) {
    sequence++;
    const one = decideOne(state, command, { sealedDocument, sequence });
    if (one.kind === "refused") {
      return { kind: "refused", refusals: one.refusals.map((reason) => ({ index, ...reason })) };
    }
    // A version that this batch seals has no row yet; a later command of the batch may publish it.
    if (one.state.latestVersion > state.latestVersion) sealed.set(one.state.latestVersion, one.state);
    decided.push(one.command);
    ({ state } = one);
  }
  return { kind: "accepted", commands: decided, state, patch: decided.flatMap(({ patch }) => patch) };
}

/**
 * The sealed versions whose documents decideBatch will ask for, without duplicates. Numbers that name no
 * version, or one that the batch itself seals, may be among them.
 */
export function neededVersions(commands: readonly BatchCommand[]): number[] {
  const needed = new Set<number>();
  for (const { command, payload } of commands) {
    const type = parseCommandName(command)?.type;
    if (type !== "Scripts.PublishVersion" && type !== "Scripts.RollbackToVersion") continue;
    const version: unknown = (payload as { readonly version?: unknown } | null | undefined)?.version;
    if (Number.isSafeInteger(version) && (version as number) > 0) needed.add(version as number);
  }
  return [...needed];
}

type OneDecision =
  | { readonly kind: "accepted"; readonly command: DecidedCommand; readonly state: ScriptState }
  | { readonly kind: "refused"; readonly refusals: readonly Reason[] };

function decideOne(state: ScriptState, command: BatchCommand, context: DecideContext): OneDecision {
  const parsed = parseCommand(command);
  if (parsed.kind === "refused") return parsed;
  const untimely = refuseUntimely(state, parsed.definition, context.sequence);
  if (untimely) return { kind: "refused", refusals: [untimely] };
  const decision = parsed.definition.decide(state, parsed.payload, context);
  if (decision.kind === "refused") return decision;
  const stored: StoredCommand = {
    sequence: context.sequence,
    type: parsed.type,
    typeVersion: parsed.typeVersion,
    payload: parsed.payload,
    facts: decision.facts ?? {},
  };
  const { state: after, patch, inversePatch } = evolve(state, stored);
  return { kind: "accepted", command: { ...stored, patch, inversePatch }, state: after };
}

/** The rules that hold for every command: create first and once, and an archived script only changes its status. */
function refuseUntimely(
  state: ScriptState,
  { type }: CommandDefinition,
  sequence: number,
): Reason | undefined {
  const isCreate = type === "Scripts.CreateScript";
  if (isCreate && sequence > 1) {
    return {
      code: "script_exists",
      path: "",
      message: "The script exists already. Send Scripts.UpdateDetails.v1 to change it.",
    };
  }
  if (!isCreate && sequence === 1) {
    return {
      code: "script_not_created",
      path: "",
      message: "The script does not exist yet. Send Scripts.CreateScript.v1 first.",
    };
  }
  if (state.status !== "ARCHIVED" || type === "Scripts.ChangeStatus") return undefined;
  const message = 'The script is archived. Restore it first: Scripts.ChangeStatus.v1 with status "DRAFT".';
  return { code: "script_archived", path: "", message };
}
