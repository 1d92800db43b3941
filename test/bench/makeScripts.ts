import type { GraphJson } from "../../src/scripts/storedCommand.ts";
import { post } from "./api.ts";
import type { Target } from "./loadJob.ts";

const IN_PARALLEL = 8;

/** Makes scripts of the same shape: a line of message nodes n0, n1, ... from a start to an end. */
export async function makeScripts(url: string, count: number, nodesPerScript: number): Promise<Target> {
  const tenantId = "bench";
  const scriptIds = Array.from({ length: count }, (_, index) => `script-${index}`);
  const waiting = [...scriptIds];
  const work = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
      await makeScript(url, tenantId, id, nodesPerScript);
  };
  await Promise.all(Array.from({ length: IN_PARALLEL }, work));
  return { url, tenantId, scriptIds, nodesPerScript };
}

export async function makeScript(url: string, tenantId: string, id: string, nodes: number): Promise<void> {
  await post(url, tenantId, "/scripts", { id, name: `Benchmark ${id}`, slug: id });
  await post(url, tenantId, `/scripts/${id}/commands`, {
    commands: [{ command: "Scripts.ReplaceGraph.v1", payload: { graphJson: lineGraph(nodes) } }],
  });
}

export function lineGraph(count: number): GraphJson {
  const ids = ["start", ...Array.from({ length: count }, (_, index) => `n${index}`), "end"];
  return {
    schemaVersion: 1,
    nodes: ids.map((id, index) => ({
      id,
      type: id === "start" || id === "end" ? id : "message",
      position: { x: (index % 20) * 300, y: Math.floor(index / 20) * 160 },
      data: {
        title: `Step ${index}`,
        prompt: "Good day, you are through to the claims department. How may I help you?",
      },
    })),
    edges: ids.slice(1).map((id, index) => ({ id: `e${index}`, source: ids[index]!, target: id, data: {} })),
    viewport: { x: 0, y: 0, zoom: 1 },
    entryNodeId: "start",
  };
}
