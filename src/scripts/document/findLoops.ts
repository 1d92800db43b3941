import type { Flow } from "./flow.ts";

/**
 * Groups of nodes that a conversation can go round and round in by way of the given types of node alone.
 * Each group is a list of node numbers. Takes linear time, and next to none when there is no such loop.
 */
export function findLoops(flow: Flow, types: ReadonlySet<string>): number[][] {
  const isMember = new Uint8Array(flow.nodes.length);
  for (let n = 0; n < isMember.length; n++) if (types.has(flow.nodes[n]!.type)) isMember[n] = 1;
  dropLeaves(flow, isMember);
  return isMember.includes(1) ? components(flow, isMember) : [];
}

/** Takes out, again and again, the members that no other member leads to: they are in no loop. */
function dropLeaves({ sources, targets, leaving, firstLeaving }: Flow, isMember: Uint8Array): void {
  const arriving = new Int32Array(isMember.length);
  for (let e = 0; e < sources.length; e++) {
    const target = targets[e]!;
    if (target >= 0 && sources[e]! >= 0 && isMember[sources[e]!] === 1) arriving[target]! += 1;
  }
  const waiting: number[] = [];
  for (let n = 0; n < isMember.length; n++) if (isMember[n] === 1 && arriving[n] === 0) waiting.push(n);
  for (let n = waiting.pop(); n !== undefined; n = waiting.pop()) {
    isMember[n] = 0;
    for (let at = firstLeaving[n]!; at < firstLeaving[n + 1]!; at++) {
      const target = targets[leaving[at]!]!;
      if (target >= 0 && --arriving[target]! === 0 && isMember[target] === 1) waiting.push(target);
    }
  }
}

/**
 * Strongly connected components of more than one node, and nodes that lead to themselves. Without recursion:
 * a loop may have thousands of nodes.
 *
 * Source: Tarjan, Depth-first search and linear graph algorithms, 1972.
 */
function components({ targets, leaving, firstLeaving }: Flow, isMember: Uint8Array): number[][] {
  const found: number[][] = [];
  const index = new Int32Array(isMember.length);
  const low = new Int32Array(isMember.length);
  const nextEdge = firstLeaving.slice();
  const open: number[] = [];
  const isOpen = new Uint8Array(isMember.length);
  let counter = 0;
  const enter = (n: number, path: number[]): void => {
    counter += 1;
    index[n] = counter;
    low[n] = counter;
    open.push(n);
    isOpen[n] = 1;
    path.push(n);
  };
  const close = (n: number): void => {
    const group = open.splice(open.lastIndexOf(n));
    for (const member of group) isOpen[member] = 0;
    if (group.length > 1 || leadsToItself(n)) found.push(group);
  };
  const leadsToItself = (n: number): boolean =>
    leaving.subarray(firstLeaving[n], firstLeaving[n + 1]).some((edge) => targets[edge] === n);

  for (let root = 0; root < isMember.length; root++) {
    if (isMember[root] === 0 || index[root] !== 0) continue;
    const path: number[] = [];
    enter(root, path);
    for (let n = path.at(-1); n !== undefined; n = path.at(-1)) {
      if (nextEdge[n]! < firstLeaving[n + 1]!) {
        const target = targets[leaving[nextEdge[n]!++]!]!;
        if (target < 0 || isMember[target] === 0) continue;
        if (index[target] === 0) enter(target, path);
        else if (isOpen[target] === 1) low[n] = Math.min(low[n]!, index[target]!);
        continue;
      }
      path.pop();
      const before = path.at(-1);
      if (before !== undefined) low[before] = Math.min(low[before]!, low[n]!);
      if (low[n] === index[n]) close(n);
    }
  }
  return found;
}
