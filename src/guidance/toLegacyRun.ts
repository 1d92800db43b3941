import type { Json } from "../kernel/canonicalJson.ts";
import { readAction } from "../runs/toActionRequest.ts";
import { NOWHERE, type RunState } from "../runs/runState.ts";
import { isObject } from "../scripts/document/handles.ts";
import type { GraphNode } from "../scripts/storedCommand.ts";
import type { RunFacts, VersionFacts } from "./legacyFacts.ts";
import { sortMembers } from "./legacyJson.ts";
import { runFromRow } from "./legacyFromRows.ts";
import type { LegacyAdvanceAnswer, LegacyNodeJson, LegacyRunJson } from "./legacyShapes.ts";
import { toLegacyNode, toLegacyVersionSummary } from "./toLegacyVersion.ts";
import type { CanonicalVersion } from "./toLegacyVersion.ts";

/** A run as the canonical tables have it. Times are ISO 8601. */
export interface CanonicalRun {
  readonly id: string;
  readonly tenantId: string;
  readonly scriptId: string;
  readonly version: number;
  readonly startedById: string | null;
  readonly subjectSchema: string | null;
  readonly subjectModel: string | null;
  readonly subjectId: string | null;
  readonly state: RunState | null;
  readonly logLength: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** A run in its legacy shape. Where it has gone on since the move, its state is { cursor, vars } of now. */
export function toLegacyRun(
  run: CanonicalRun,
  facts: RunFacts | undefined,
  versionFacts: VersionFacts | undefined,
): LegacyRunJson {
  const before = facts && runFromRow(facts.row);
  if (facts && before && facts.logLength === run.logLength) return before;
  const rest = before && isObject(before.state) ? before.state : {};
  const now = toLegacyState(run.state, versionFacts);
  // What no variable is declared for was not moved into the walk, and is still what it was.
  const vars = { ...asObject(rest["vars"]), ...asObject(now["vars"]) };
  return {
    id: before?.id ?? run.id,
    tenantId: before ? before.tenantId : run.tenantId,
    scriptId: before?.scriptId ?? versionFacts?.row.scriptId ?? run.scriptId,
    scriptVersion: run.version,
    subjectSchema: run.subjectSchema,
    subjectModel: run.subjectModel,
    subjectId: run.subjectId,
    startedByUserId: run.startedById,
    startedAt: before ? before.startedAt : run.startedAt,
    completedAt: run.endedAt,
    state: sortMembers({ ...rest, ...now, vars }),
  };
}

function asObject(value: Json | undefined): { readonly [key: string]: Json } {
  return isObject(value) ? value : {};
}

/** { cursor, vars } of a walk, by the legacy keys of nodes and variables. */
export function toLegacyState(
  state: RunState | null,
  facts: VersionFacts | undefined,
): { readonly [key: string]: Json } {
  if (!state) return {};
  const { currentNodeId } = state;
  const cursor = currentNodeId === NOWHERE ? null : legacyKeyOf(currentNodeId, facts);
  return { cursor, vars: renameVars(state.variables, facts) };
}

function renameVars(vars: RunState["variables"], facts: VersionFacts | undefined): Json {
  if (!facts) return vars;
  return Object.fromEntries(
    Object.entries(vars).map(([key, value]) => [
      (Object.hasOwn(facts.variables, key) && facts.variables[key]?.columns?.key) || key,
      value,
    ]),
  );
}

/** The legacy key of a node. */
export function legacyKeyOf(nodeId: string, facts: VersionFacts | undefined): string {
  return (facts && Object.hasOwn(facts.nodes, nodeId) && facts.nodes[nodeId]?.columns?.key) || nodeId;
}

/** The node that a run stands at, in its legacy shape; null at a node that the move added, and where there is none. */
export function toLegacyNodeOf(
  canonical: CanonicalVersion,
  facts: VersionFacts | undefined,
  nodeId: string | null,
): LegacyNodeJson | null {
  if (facts && (nodeId === null || !Object.hasOwn(facts.nodes, nodeId))) return null;
  const place = canonical.document.graphJson.nodes.findIndex(({ id }) => id === nodeId);
  const node = canonical.document.graphJson.nodes[place];
  if (!node) return null;
  return toLegacyNode({ versionId: toLegacyVersionSummary(canonical, facts).id, facts }, node, place);
}

/** POST /guidance/runs/:id/advance. `at` is the canonical node that was come to. */
export function toLegacyAdvance(
  run: LegacyRunJson,
  node: LegacyNodeJson | null,
  at: GraphNode | undefined,
): LegacyAdvanceAnswer {
  return { run, node, completed: run.completedAt !== null, dispatched: at ? dispatchedAt(at) : null };
}

function dispatchedAt(node: GraphNode): LegacyAdvanceAnswer["dispatched"] {
  if (node.type !== "action") return null;
  const { command, payload } = readAction(node);
  return command === undefined ? null : { command, payload };
}
