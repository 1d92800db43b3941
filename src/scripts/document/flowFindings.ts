import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import type { Finding } from "./finding.ts";
import { error, warning } from "./finding.ts";
import { findLoops } from "./findLoops.ts";
import { reachableNodes } from "./flow.ts";
import type { Flow } from "./flow.ts";

/** Types at which a conversation neither waits for anybody nor changes anything. */
const PASSING: ReadonlySet<string> = new Set(["start", "message", "condition"]);
const PASSING_OR_ACTING: ReadonlySet<string> = new Set([...PASSING, "action"]);
const BUILT_IN: ReadonlySet<string> = new Set([...PASSING_OR_ACTING, "question", "choice", "end"]);

type FlowNode = Flow["nodes"][number];

const found = new WeakMap<
  Flow,
  { readonly entryNodeId: string | null; readonly findings: readonly Finding[] }
>();

/**
 * Findings about where a conversation can go: entry, ends, dead ends, nodes it cannot come to, endless loops.
 * Remembered per flow, which most edits share with the state before.
 */
export function flowFindings(flow: Flow, entryNodeId: string | null): readonly Finding[] {
  const before = found.get(flow);
  if (before?.entryNodeId === entryNodeId) return before.findings;
  const entry = flow.nodes.findIndex((node) => node.id === entryNodeId);
  const findings = [
    ...entryFindings(flow, entry, entryNodeId),
    ...reachFindings(flow, entry),
    ...loopFindings(flow),
  ];
  found.set(flow, { entryNodeId, findings });
  return findings;
}

function entryFindings(flow: Flow, entry: number, entryNodeId: string | null): Finding[] {
  if (entry >= 0) return [];
  const path = "/entryNodeId";
  if (entryNodeId !== null) {
    return [
      error(
        "entry_node_not_found",
        path,
        `The entry node "${entryNodeId}" does not exist. Name another node.`,
      ),
    ];
  }
  const starts = flow.nodes.filter((node) => node.type === "start");
  const start = starts.length === 1 ? starts[0] : undefined;
  const proposal = start ? ` "${start.id}" looks like it.` : "";
  return [
    error(
      "entry_missing",
      path,
      `No node is the entry. Say with which node a conversation starts.${proposal}`,
    ),
  ];
}

function reachFindings(flow: Flow, entry: number): Finding[] {
  const { nodes } = flow;
  const findings: Finding[] = [];
  const reached = entry < 0 ? undefined : reachableNodes(flow, entry);
  const arrivals = targetsOf(flow);
  let reachesEnd = false;
  for (let n = 0; n < nodes.length; n++) {
    const node = nodes[n]!;
    const leads = flow.firstLeaving[n + 1]! > flow.firstLeaving[n]!;
    // A custom type without any edge, such as React Flow's "group" or a note, is not part of the conversation.
    const takesPart = BUILT_IN.has(node.type) || leads || arrivals[n] === 1;
    if (reached?.[n] === 1 && node.type === "end") reachesEnd = true;
    if (!takesPart) continue;
    if (reached?.[n] === 0) findings.push(unreachable(node));
    else if (!leads && node.type !== "end") findings.push(deadEnd(node));
  }
  if (reached && !reachesEnd) {
    const message = "No end node can be reached from the entry. Lead the conversation to a node of type end.";
    findings.push(error("end_unreachable", "/entryNodeId", message));
  }
  return findings;
}

function loopFindings(flow: Flow): Finding[] {
  const loops = findLoops(flow, PASSING_OR_ACTING);
  if (loops.length === 0) return [];
  const acting = loops.filter((loop) => loop.some((n) => flow.nodes[n]!.type === "action"));
  return [
    ...findLoops(flow, PASSING).map((loop) => {
      const message = `${describe(flow, loop)} lead round in a circle in which nothing can change, for ever. Put a question into it, or lead out of it.`;
      return error("endless_loop", pathOfFirst(flow, loop), message);
    }),
    ...acting.map((loop) => {
      const message = `${describe(flow, loop)} lead round in a circle that waits for nobody. Make sure that an action in it lets it end.`;
      return warning("action_loop", pathOfFirst(flow, loop), message);
    }),
  ];
}

function unreachable(node: FlowNode): Finding {
  const message = "No way leads here from the entry. Connect this node, or remove it.";
  return warning("node_unreachable", `/nodes/${escapePointer(node.id)}`, message);
}

function deadEnd(node: FlowNode): Finding {
  const message = `The conversation is stuck here. Add an edge that leaves this node, or end it with a node of type end.`;
  // Only the runner knows whether a custom type ends a conversation.
  return (BUILT_IN.has(node.type) ? error : warning)("dead_end", `/nodes/${escapePointer(node.id)}`, message);
}

/** Which nodes some edge arrives at, 1 or 0 by node number. */
function targetsOf({ nodes, targets }: Flow): Uint8Array {
  const arrivals = new Uint8Array(nodes.length);
  for (const target of targets) if (target >= 0) arrivals[target] = 1;
  return arrivals;
}

function inOrder({ nodes }: Flow, loop: readonly number[]): FlowNode[] {
  return loop.map((n) => nodes[n]!).toSorted((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}

function pathOfFirst(flow: Flow, loop: readonly number[]): string {
  return `/nodes/${escapePointer(inOrder(flow, loop)[0]!.id)}`;
}

function describe(flow: Flow, loop: readonly number[]): string {
  const ids = inOrder(flow, loop).map((node) => `"${node.id}"`);
  const shown = ids.slice(0, 5).join(", ");
  return ids.length > 5 ? `${shown} and ${ids.length - 5} more nodes` : shown;
}
