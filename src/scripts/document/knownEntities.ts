import type { EdgeState, NodeState, ScriptState } from "../state.ts";
import { edgeFindings } from "./edgeFindings.ts";
import type { Finding } from "./finding.ts";
import { leavingFindings } from "./leavingFindings.ts";
import { nodeFindings } from "./nodeFindings.ts";
import { edgeReferences, nodeReferences } from "./references.ts";
import type { Reference } from "./references.ts";

type Variables = ScriptState["variables"];

/** What an entity's own content says. It never changes, because entities never do. */
interface Content {
  readonly references: readonly Reference[];
  /** Keys of the variables it names. */
  readonly used: readonly string[];
  /** Answers that its conditions name. */
  readonly answers: readonly Reference[];
}

/** A node's findings, and what they were found from: they hold until one of these is another object. */
interface KnownNode extends Content {
  variables: Variables | undefined;
  findings: readonly Finding[];
  leaving: readonly EdgeState[];
  leavingFindings: readonly Finding[];
}

/** An edge's findings, and what they were found from. */
interface KnownEdge extends Content {
  variables: Variables | undefined;
  source: NodeState | undefined;
  findings: readonly Finding[];
}

/** A record's entities as a list, and beside each what is known about it. */
interface Listed<Entity, Known> {
  readonly entities: readonly Entity[];
  readonly known: readonly Known[];
}

// One edit makes one new entity and one new record; everything else is shared with the state before. At 2,000
// nodes and 3,000 edges, looking entities up takes 0.3 ms, listing a record 0.4 ms, checking all anew 20 ms.
const knownNodes = new WeakMap<NodeState, KnownNode>();
const knownEdges = new WeakMap<EdgeState, KnownEdge>();
const listedNodes = new WeakMap<ScriptState["nodes"], Listed<NodeState, KnownNode>>();
const listedEdges = new WeakMap<ScriptState["edges"], Listed<EdgeState, KnownEdge>>();

/** The nodes of a record and what is known about each. */
export function listNodes(record: ScriptState["nodes"]): Listed<NodeState, KnownNode> {
  return remember(listedNodes, record, () => {
    const entities = Object.values(record);
    return { entities, known: entities.map(knowNode) };
  });
}

/** The edges of a record and what is known about each. */
export function listEdges(record: ScriptState["edges"]): Listed<EdgeState, KnownEdge> {
  return remember(listedEdges, record, () => {
    const entities = Object.values(record);
    return { entities, known: entities.map(knowEdge) };
  });
}

/** Brings a node's findings up to the variables that are declared now. */
export function learnVariables(known: KnownNode, node: NodeState, variables: Variables): void {
  if (known.variables === variables) return;
  known.variables = variables;
  known.findings = nodeFindings(node, known.references, variables);
}

/** Brings a node's findings up to the edges that leave it now. */
export function learnLeaving(known: KnownNode, node: NodeState, leaving: readonly EdgeState[]): void {
  known.leaving = leaving;
  known.leavingFindings = leavingFindings(node, leaving);
}

/** Brings an edge's findings up to its source node and the variables that are declared now. */
export function learnSource(
  known: KnownEdge,
  edge: EdgeState,
  source: NodeState | undefined,
  variables: Variables,
): void {
  if (known.variables === variables && known.source === source) return;
  known.variables = variables;
  known.source = source;
  known.findings = edgeFindings(edge, source, known.references, variables);
}

function knowNode(node: NodeState): KnownNode {
  return remember(knownNodes, node, () => ({
    ...readContent(nodeReferences(node)),
    variables: undefined,
    findings: [],
    leaving: [],
    leavingFindings: [],
  }));
}

function knowEdge(edge: EdgeState): KnownEdge {
  return remember(knownEdges, edge, () => ({
    ...readContent(edgeReferences(edge)),
    variables: undefined,
    source: undefined,
    findings: [],
  }));
}

function readContent(references: readonly Reference[]): Content {
  const answers = references.filter(({ kind }) => kind === "answer");
  const used = new Set(references.filter(({ kind }) => kind !== "answer").map(({ name }) => name));
  return { references, used: [...used], answers };
}

function remember<Key extends object, Value>(store: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  let value = store.get(key);
  if (value === undefined) {
    value = make();
    store.set(key, value);
  }
  return value;
}
