import type { Json } from "../../kernel/canonicalJson.ts";
import { cloneJson } from "../cloneJson.ts";
import type { EdgeState, ScriptState } from "../state.ts";
import { findEntities } from "./findEntities.ts";
import { withMembers } from "./withMembers.ts";

/** Edges of a node by direction; loops lead from the node to itself and are in no other list. */
export interface EdgesOfNode {
  readonly incoming: readonly EdgeState[];
  readonly outgoing: readonly EdgeState[];
  readonly loops: readonly EdgeState[];
}

export function edgesOfNode({ edges }: Pick<ScriptState, "edges">, nodeId: string): EdgesOfNode {
  const touching = findEntities(edges, ({ source, target }) => source === nodeId || target === nodeId);
  return {
    incoming: touching.filter(({ source }) => source !== nodeId),
    outgoing: touching.filter(({ target }) => target !== nodeId),
    loops: touching.filter(({ source, target }) => source === target),
  };
}

/**
 * The incoming edges of a node as they are once the node is taken out: each leads on to where the outgoing
 * edge led, when both conditions hold. An edge that would come back to its own source is left out.
 */
export function bridgeEdges(incoming: readonly EdgeState[], outgoing: EdgeState): EdgeState[] {
  return incoming
    .filter(({ source }) => source !== outgoing.target)
    .map((edge) => ({
      ...withMembers(edge, { target: outgoing.target, targetHandle: outgoing.targetHandle ?? null }),
      data: bridgeData(edge, outgoing),
    }));
}

function bridgeData(incoming: EdgeState, outgoing: EdgeState): EdgeState["data"] {
  // Copies: a replay edits the incoming edge in place while it reads this, and the first condition moves a level down.
  const [first, second] = [incoming, outgoing]
    .map(({ data }) => cloneJson(data["condition"]))
    .filter(isCondition);
  if (first === undefined) return incoming.data;
  return { ...incoming.data, condition: second === undefined ? first : { and: [first, second] } };
}

/** null says the same as no condition. */
function isCondition(condition: Json | undefined): condition is Json {
  return condition !== undefined && condition !== null;
}
