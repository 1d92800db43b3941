import type { Json } from "../kernel/canonicalJson.ts";
import type { GraphNode, ScriptDocument } from "../scripts/storedCommand.ts";
import { optionsOf, optionValue } from "./findOption.ts";
import type { RunData } from "./lookUp.ts";
import { renderJson, renderTemplate } from "./renderTemplate.ts";
import { toRunGraph } from "./runGraph.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { RunState } from "./runState.ts";

/** What a node says to the people in the conversation, with their variables filled in. */
export interface Prompt {
  readonly nodeId: string;
  readonly type: string;
  readonly title: string | null;
  readonly prompt: string | null;
  /** To choose from; an answer names one by id, or repeats its value. Empty when the answer is free. */
  readonly options: readonly { readonly id: string; readonly label: string; readonly value: Json }[];
  /** Key of the variable that the answer fills. */
  readonly variable: string | null;
  /** data.uiSchema: how an editor wants it shown. */
  readonly uiSchema: Json;
}

/** The prompt of the node whose answer a run waits for; null when it waits for none. */
export function currentPrompt(document: ScriptDocument, state: RunState): Prompt | null {
  if (state.waitingFor?.kind !== "answer") return null;
  const graph = toRunGraph(document);
  const node = graph.nodes.get(state.waitingFor.nodeId);
  return node ? toPrompt(graph, node, state) : null;
}

/** The prompt of a node. */
export function toPrompt(
  { variables }: Pick<ReturnType<typeof toRunGraph>, "variables">,
  { id, type, data }: GraphNode,
  values: RunData,
): Prompt {
  const variable = typeof data["variable"] === "string" ? data["variable"] : null;
  const declared = variable === null ? undefined : variables.get(variable);
  return {
    nodeId: id,
    type,
    title: renderMember(data["title"], values),
    prompt: renderMember(data["prompt"], values),
    options: optionsOf({ data }).map((option) => ({
      id: option.names[0]!,
      label: renderTemplate(option.label, values),
      value: optionValue(option, declared),
    })),
    variable,
    uiSchema: renderJson(data["uiSchema"] ?? null, values, { left: RUN_LIMITS.textLength }),
  };
}

function renderMember(text: Json | undefined, values: RunData): string | null {
  return typeof text === "string" ? renderTemplate(text, values) : null;
}
