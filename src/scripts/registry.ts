import type { CommandDefinition } from "./command.ts";
import { addEdge } from "./commands/addEdge.ts";
import { addNode } from "./commands/addNode.ts";
import { applyPatch } from "./commands/applyPatch.ts";
import { changeStatus } from "./commands/changeStatus.ts";
import { commitVersion } from "./commands/commitVersion.ts";
import { createScript } from "./commands/createScript.ts";
import { defineVariable } from "./commands/defineVariable.ts";
import { duplicateNode } from "./commands/duplicateNode.ts";
import { moveNodes } from "./commands/moveNodes.ts";
import { publishVersion } from "./commands/publishVersion.ts";
import { reconnectEdge } from "./commands/reconnectEdge.ts";
import { removeEdge } from "./commands/removeEdge.ts";
import { removeNode } from "./commands/removeNode.ts";
import { removeVariable } from "./commands/removeVariable.ts";
import { renameVariable } from "./commands/renameVariable.ts";
import { replaceGraph } from "./commands/replaceGraph.ts";
import { rollbackToVersion } from "./commands/rollbackToVersion.ts";
import { setEntryNode } from "./commands/setEntryNode.ts";
import { unpublishVersion } from "./commands/unpublishVersion.ts";
import { updateDetails } from "./commands/updateDetails.ts";
import { updateEdge } from "./commands/updateEdge.ts";
import { updateNode } from "./commands/updateNode.ts";
import { updateVariable } from "./commands/updateVariable.ts";

const definitions: readonly CommandDefinition[] = [
  createScript,
  updateDetails,
  changeStatus,
  addNode,
  updateNode,
  moveNodes,
  removeNode,
  duplicateNode,
  addEdge,
  updateEdge,
  reconnectEdge,
  removeEdge,
  setEntryNode,
  defineVariable,
  updateVariable,
  renameVariable,
  removeVariable,
  replaceGraph,
  applyPatch,
  commitVersion,
  publishVersion,
  unpublishVersion,
  rollbackToVersion,
];

/** Every command on a script, by type. */
export const commandDefinitions: ReadonlyMap<string, CommandDefinition> = new Map(
  definitions.map((definition) => [definition.type, definition]),
);

/** The names that may be submitted, such as Scripts.AddNode.v1. */
export const commandNames: readonly string[] = definitions.map(({ type, version }) =>
  commandName(type, version),
);

export function commandName(type: string, version: number): string {
  return `${type}.v${version}`;
}

/** Takes Scripts.AddNode.v1 apart; undefined when the text has another form. The type may be unknown. */
export function parseCommandName(
  name: string,
): { readonly type: string; readonly version: number } | undefined {
  const [, type, version] = /^([A-Za-z]\w*(?:\.[A-Za-z]\w*)+)\.v(0|[1-9]\d{0,4})$/.exec(name) ?? [];
  return type === undefined ? undefined : { type, version: Number(version) };
}
