import type { KeyedDocument } from "../../../src/scripts/document/document.ts";
import { toKeyed } from "../../../src/scripts/document/document.ts";
import type { GraphEdge, GraphNode, VariableDef } from "../../../src/scripts/storedCommand.ts";

export interface Sketch {
  readonly nodes?: readonly GraphNode[];
  readonly edges?: readonly GraphEdge[];
  readonly variables?: readonly VariableDef[];
  readonly entryNodeId?: string | null;
}

/** A keyed document of the given parts. */
export function documentOf({
  nodes = [],
  edges = [],
  variables = [],
  entryNodeId = null,
}: Sketch): KeyedDocument {
  const viewport = { x: 0, y: 0, zoom: 1 };
  return toKeyed({
    graphJson: { schemaVersion: 1, nodes, edges, viewport, entryNodeId },
    variablesDef: variables,
  });
}

/** A node that has something to say. */
export function node(id: string, type: string, more: Partial<GraphNode> = {}): GraphNode {
  return { id, type, position: { x: 0, y: 0 }, ...more, data: { prompt: "Hello.", ...more.data } };
}

/** An edge called source-target, or source:handle-target. */
export function edge(source: string, target: string, more: Partial<GraphEdge> = {}): GraphEdge {
  const handle = more.sourceHandle === undefined ? "" : `:${more.sourceHandle}`;
  return { id: `${source}${handle}-${target}`, source, target, data: {}, ...more };
}

export function variable(key: string, more: Partial<VariableDef> = {}): VariableDef {
  return { key, type: "string", required: false, ...more };
}
