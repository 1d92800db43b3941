import type { Draft } from "immer";
import { current, isDraft } from "immer";
import type { Json } from "../../kernel/canonicalJson.ts";
import { escapePointer } from "../../kernel/findUnsafeJson.ts";
import type { EdgeState, NodeState, ScriptState } from "../state.ts";
import { answerOf, renameInCondition, variableOf } from "./conditions.ts";
import type { KeyedDocument } from "./document.ts";
import { isObject } from "./handles.ts";
import type { Data } from "./schemas.ts";
import { renameInText, templateVariables } from "./templates.ts";
import { walkCondition } from "./walkCondition.ts";

/** A place that names a variable, or with kind answer the answer of a node. */
export interface Reference {
  readonly kind: "condition" | "template" | "variable" | "answer";
  /** Key of the variable; of an answer what follows "answers.". */
  readonly name: string;
  /** RFC 6901 pointer into the entity: /data/condition/==/0/var. */
  readonly path: string;
}

/** A condition and its pointer in its entity. */
export interface PlacedCondition {
  readonly condition: Json;
  readonly path: string;
}

/** The conditions of a node: data.condition and data.branches[].condition. */
export function nodeConditions({ data }: Pick<NodeState, "data">): PlacedCondition[] {
  const found: PlacedCondition[] = [];
  if (data["condition"] !== undefined) found.push({ condition: data["condition"], path: "/data/condition" });
  if (!Array.isArray(data["branches"])) return found;
  data["branches"].forEach((branch: Json, index) => {
    if (isObject(branch) && branch["condition"] !== undefined) {
      found.push({ condition: branch["condition"], path: `/data/branches/${index}/condition` });
    }
  });
  return found;
}

/** The condition of an edge: data.condition. */
export function edgeConditions({ data }: Pick<EdgeState, "data">): PlacedCondition[] {
  return data["condition"] === undefined ? [] : [{ condition: data["condition"], path: "/data/condition" }];
}

/** Where a node names variables: its conditions, data.variable, and {{key}} in any text of its data. */
export function nodeReferences(node: Pick<NodeState, "data">): Reference[] {
  const found = nodeConditions(node).flatMap(conditionReferences);
  const { variable } = node.data;
  if (typeof variable === "string") found.push({ kind: "variable", name: variable, path: "/data/variable" });
  collectTemplates(node.data, "/data", found);
  return found;
}

/** Where an edge names variables: its condition, and {{key}} in its label. */
export function edgeReferences(edge: Pick<EdgeState, "data" | "label">): Reference[] {
  const found = edgeConditions(edge).flatMap(conditionReferences);
  if (edge.label !== undefined) collectTemplates(edge.label, "/label", found);
  return found;
}

/** Pointers into the id-keyed document to every place that names a variable, sorted. */
export function variableReferences(document: KeyedDocument, key: string): string[] {
  const found = new Set<string>();
  const add = (at: string, references: readonly Reference[]): void => {
    for (const { kind, name, path } of references) {
      if (name === key && kind !== "answer") found.add(at + path);
    }
  };
  for (const node of Object.values(document.nodes))
    add(`/nodes/${escapePointer(node.id)}`, nodeReferences(node));
  for (const edge of Object.values(document.edges))
    add(`/edges/${escapePointer(edge.id)}`, edgeReferences(edge));
  return [...found].toSorted();
}

/**
 * Changes every naming of variable `from` to `to`. Only the entities that name it are touched, and of their
 * data only the members that change; lists are replaced whole.
 */
export function renameVariableReferences(
  draft: Draft<Pick<ScriptState, "nodes" | "edges">>,
  from: string,
  to: string,
): void {
  const names = (references: readonly Reference[]): boolean =>
    references.some(({ kind, name }) => name === from && kind !== "answer");
  // Reading through an immer draft makes a proxy per object read; the plain state underneath costs nothing.
  for (const [id, node] of Object.entries<NodeState>(plain(draft.nodes))) {
    if (names(nodeReferences(node)))
      assignChanges(draft.nodes[id]!.data, node.data, renameInNodeData(node.data, from, to));
  }
  for (const [id, edge] of Object.entries<EdgeState>(plain(draft.edges))) {
    if (!names(edgeReferences(edge))) continue;
    assignChanges(draft.edges[id]!.data, edge.data, renameCondition(edge.data, from, to));
    if (edge.label !== undefined) draft.edges[id]!.label = renameInText(edge.label, from, to);
  }
}

function conditionReferences({ condition, path }: PlacedCondition): Reference[] {
  return walkCondition(condition).names.flatMap((place): Reference[] => {
    const key = variableOf(place);
    if (key !== undefined) return [{ kind: "condition", name: key, path: path + place.path }];
    const answer = answerOf(place);
    return answer === undefined ? [] : [{ kind: "answer", name: answer, path: path + place.path }];
  });
}

function collectTemplates(value: Json, path: string, found: Reference[]): void {
  if (typeof value === "string") {
    for (const name of templateVariables(value)) found.push({ kind: "template", name, path });
  } else if (Array.isArray(value)) {
    value.forEach((member: Json, index) => collectTemplates(member, `${path}/${index}`, found));
  } else if (isObject(value)) {
    for (const key of Object.keys(value))
      collectTemplates(value[key]!, `${path}/${escapePointer(key)}`, found);
  }
}

function renameInNodeData(data: Data, from: string, to: string): Data {
  const texts = renameInTexts(data, from, to);
  const renamed = texts["variable"] === from ? { ...texts, variable: to } : texts;
  const withCondition = renameCondition(renamed, from, to);
  if (!Array.isArray(renamed["branches"])) return withCondition;
  const branches = mapList(renamed["branches"], (branch: Json) =>
    isObject(branch) ? renameCondition(branch, from, to) : branch,
  );
  return branches === renamed["branches"] ? withCondition : { ...withCondition, branches };
}

function renameCondition(holder: Data, from: string, to: string): Data {
  if (holder["condition"] === undefined) return holder;
  const condition = renameInCondition(holder["condition"], from, to);
  return condition === holder["condition"] ? holder : { ...holder, condition };
}

/** The value with {{from}} changed to {{to}} in every text; the same value when there is none. */
function renameInTexts<T extends Json>(value: T, from: string, to: string): T {
  if (typeof value === "string") return renameInText(value, from, to) as T;
  if (Array.isArray(value)) {
    return mapList(value, (member: Json) => renameInTexts(member, from, to)) as Json as T;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(
    ([key, member]) => [key, renameInTexts(member, from, to)] as const,
  );
  return entries.every(([key, member]) => member === value[key])
    ? value
    : (Object.fromEntries(entries) as Json as T);
}

/** The list with every member mapped; the same list when no member changes. */
function mapList(list: readonly Json[], map: (member: Json) => Json): readonly Json[] {
  const mapped = list.map(map);
  return mapped.every((member, index) => member === list[index]) ? list : mapped;
}

/** Brings a draft object from `before` to `after`, which have the same keys, with as few writes as possible. */
function assignChanges(draft: Draft<Data>, before: Data, after: Data): void {
  for (const key of Object.keys(after)) {
    const [old, next] = [before[key]!, after[key]!];
    if (old === next) continue;
    const inner = draft[key];
    if (isObject(old) && isObject(next) && isObject(inner)) assignChanges(inner, old, next);
    else draft[key] = next as Draft<Json>;
  }
}

/** The value that stands behind an immer draft; anything else is plain already. */
function plain<T extends object>(value: T): T {
  return isDraft(value) ? current<T>(value as Draft<T>) : value;
}
