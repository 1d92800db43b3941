import type { z } from "zod";
import { findUnsafeJson } from "../kernel/findUnsafeJson.ts";
import { cloneJson } from "./cloneJson.ts";
import type { CommandDefinition, Refusal } from "./command.ts";
import { nearNames } from "./nearNames.ts";
import { toPointer } from "./pointer.ts";
import { commandDefinitions, commandName, commandNames, parseCommandName } from "./registry.ts";
import { sayMissing } from "./sayMissing.ts";
import type { StoredCommand } from "./storedCommand.ts";

/** Nested objects and arrays in a payload. data itself may have 20 levels, and stands in a list in a graph. */
const MAX_DEPTH = 40;
/** Reasons listed for one payload: enough to correct it, and a graph of 5,000 wrong nodes stays a short answer. */
const MAX_ISSUES = 20;

export type Reason = Omit<Refusal, "index">;

export type ParsedCommand =
  | {
      readonly kind: "parsed";
      readonly definition: CommandDefinition;
      readonly type: string;
      readonly typeVersion: number;
      /** As it goes into the log: defaults filled in, transient members dropped, nothing shared with the input. */
      readonly payload: StoredCommand["payload"];
    }
  | { readonly kind: "refused"; readonly refusals: readonly Reason[] };

/** A command by its full name, such as Scripts.AddNode.v1. */
export interface BatchCommand {
  readonly command: string;
  readonly payload: unknown;
}

/** Finds a submitted command's definition and parses its payload. */
export function parseCommand({ command, payload }: BatchCommand): ParsedCommand {
  const definition = findDefinition(command);
  if ("code" in definition) return { kind: "refused", refusals: [definition] };
  const unsafe = findUnsafeJson(payload, MAX_DEPTH);
  if (unsafe) return { kind: "refused", refusals: [{ ...unsafe }] };
  const parsed = definition.payload.safeParse(cloneJson(payload), sayMissing);
  if (!parsed.success) {
    return { kind: "refused", refusals: parsed.error.issues.slice(0, MAX_ISSUES).map(toReason) };
  }
  const { type, version: typeVersion } = definition;
  return { kind: "parsed", definition, type, typeVersion, payload: parsed.data as StoredCommand["payload"] };
}

function findDefinition(command: string): CommandDefinition | Reason {
  const name = parseCommandName(command);
  const definition = name && commandDefinitions.get(name.type);
  if (!definition) {
    const near = nearNames(command, commandNames);
    const message = `There is no command "${command.slice(0, 100)}". Near names: ${near.join(", ")}.`;
    return { code: "unknown_command", path: "", message, details: { near } };
  }
  if (name.version === definition.version) return definition;
  const current = commandName(definition.type, definition.version);
  const message = `${definition.type} is taken in version ${definition.version} only. Send ${current}.`;
  return { code: "unsupported_command_version", path: "", message, details: { current } };
}

function toReason(issue: z.core.$ZodIssue): Reason {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const code: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  return {
    code: typeof code === "string" ? code : "invalid_payload",
    path: toPointer([...issue.path, ...unknown]),
    message: issue.message,
  };
}
