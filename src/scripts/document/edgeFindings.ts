import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import type { EdgeState, NodeState, ScriptState } from "../state.ts";
import { checkConditions } from "./checkConditions.ts";
import { checkPriority, checkSourceHandle } from "./checkEdge.ts";
import type { Finding } from "./finding.ts";
import { error } from "./finding.ts";
import { undeclaredFindings } from "./nodeFindings.ts";
import { edgeConditions } from "./references.ts";
import type { Reference } from "./references.ts";

/** Findings that one edge, its source node and the declared variables decide alone. */
export function edgeFindings(
  edge: EdgeState,
  source: NodeState | undefined,
  references: readonly Reference[],
  variables: ScriptState["variables"],
): Finding[] {
  const at = `/edges/${escapePointer(edge.id)}`;
  const problems = [
    ...(source ? checkSourceHandle(source, edge) : []),
    ...checkConditions({ variables }, edgeConditions(edge)),
    ...checkPriority(edge),
  ];
  return [
    ...problems.map(({ code, path, message }) => error(code, at + path, message)),
    ...undeclaredFindings(at, references, variables),
  ];
}
