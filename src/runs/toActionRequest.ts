import type { Json } from "../kernel/canonicalJson.ts";
import { isObject } from "../scripts/document/handles.ts";
import type { GraphNode } from "../scripts/storedCommand.ts";
import { renderJson } from "./renderTemplate.ts";
import type { Room } from "./renderTemplate.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { RunFailure, RunState } from "./runState.ts";

/** A generic command that the shell has to send, in the transaction that stores the run's new state. */
export interface ActionRequest {
  readonly nodeId: string;
  /** Number of the action in the run, from 1. completeAction has to bring it back. */
  readonly dispatch: number;
  /** Such as policies.lookup. */
  readonly command: string;
  readonly payload: Json;
  readonly waitForCompletion: boolean;
  /** The run's. */
  readonly correlationId: string;
  /** Milliseconds after which the author wants it to have failed. */
  readonly timeoutMs: number | null;
}

/** What an action node says about its action; data wins over data.config. */
export interface ActionSettings {
  readonly command: string | undefined;
  readonly payload: Json;
  readonly waitForCompletion: boolean;
  readonly continueOnFailure: boolean;
  readonly timeoutMs: number | null;
  /** Path in the result by the key of the variable that it fills. */
  readonly output: { readonly [key: string]: string };
}

interface ActionFailure {
  readonly kind: "failed";
  readonly failure: RunFailure;
}

/**
 * Reads an action node: command (or config.operation), payload (or config.input), output, timeoutMs,
 * continueOnFailure, waitForCompletion. Where the last is missing, an action with output is waited for, because
 * what comes after it reads what it fills.
 */
export function readAction({ data }: Pick<GraphNode, "data">): ActionSettings {
  const config = isObject(data["config"]) ? data["config"] : {};
  const setting = (name: string): Json | undefined => data[name] ?? config[name];
  const command = setting("command") ?? config["operation"];
  const output = textMembers(setting("output"));
  const timeoutMs = setting("timeoutMs");
  const waits = setting("waitForCompletion");
  return {
    command: typeof command === "string" && command.trim() !== "" ? command : undefined,
    payload: setting("payload") ?? config["input"] ?? {},
    waitForCompletion: typeof waits === "boolean" ? waits : Object.keys(output).length > 0,
    continueOnFailure: setting("continueOnFailure") === true,
    timeoutMs: typeof timeoutMs === "number" && timeoutMs > 0 ? timeoutMs : null,
    output,
  };
}

/** The next action of a run, or why there is none. */
export function toActionRequest(
  node: GraphNode,
  state: Pick<RunState, "variables" | "answers" | "correlationId" | "dispatches">,
): { readonly kind: "request"; readonly request: ActionRequest } | ActionFailure {
  const { command, payload, waitForCompletion, timeoutMs } = readAction(node);
  if (command === undefined) {
    const message = `Action "${node.id}" names no command. Write one into data.config.operation.`;
    return { kind: "failed", failure: { code: "action_command_missing", nodeId: node.id, message } };
  }
  const room: Room = { left: RUN_LIMITS.payloadLength };
  const rendered = renderJson(payload, state, room);
  if (room.left < 0) {
    const message = `The payload of action "${node.id}" has more than ${RUN_LIMITS.payloadLength} characters. Send less.`;
    return { kind: "failed", failure: { code: "action_payload_too_large", nodeId: node.id, message } };
  }
  const { correlationId } = state;
  const dispatch = state.dispatches + 1;
  return {
    kind: "request",
    request: {
      nodeId: node.id,
      dispatch,
      command,
      payload: rendered,
      waitForCompletion,
      correlationId,
      timeoutMs,
    },
  };
}

function textMembers(value: Json | undefined): { readonly [key: string]: string } {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
