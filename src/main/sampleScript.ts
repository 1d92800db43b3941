import { readFileSync } from "node:fs";
import type { SubmittedCommand } from "../commands/submission.ts";
import type { ScriptDetails } from "../scripts/state.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";

export interface CallScript extends ScriptDocument {
  readonly details: ScriptDetails;
}

/** The call script that the service brings along, from prisma/seed. */
export function readSampleScript(): CallScript {
  const file = new URL("../../prisma/seed/call-script.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as CallScript;
}

/**
 * The edits that build a call script from nothing, in an order in which each is legal: variables before what
 * names them, parents before children, nodes before edges.
 */
export function sampleCommands(script: CallScript = readSampleScript()): SubmittedCommand[] {
  const { details, graphJson, variablesDef } = script;
  return [
    command("CreateScript", details),
    ...variablesDef.map((variable) => command("DefineVariable", { variable })),
    ...graphJson.nodes.map((node) => command("AddNode", { node })),
    ...graphJson.edges.map((edge) => command("AddEdge", { edge })),
    command("SetEntryNode", { nodeId: graphJson.entryNodeId }),
  ];
}

function command(type: string, payload: unknown): SubmittedCommand {
  return { command: `Scripts.${type}.v1`, payload };
}
