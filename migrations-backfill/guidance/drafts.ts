import type {
  LegacyAnswerRow,
  LegacyEdgeRow,
  LegacyNodeRow,
  LegacyNodeType,
  LegacyRunRow,
  LegacyScriptRow,
  LegacyVariableRow,
  LegacyVersionRow,
} from "../../src/guidance/legacyRows.ts";
import type { Dice } from "./dice.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Legacy rows in the making. */
export interface ScriptDraft {
  readonly row: Mutable<LegacyScriptRow>;
  readonly versions: VersionDraft[];
  readonly runs: RunDraft[];
}

export interface VersionDraft {
  readonly row: Mutable<LegacyVersionRow>;
  readonly nodes: Mutable<LegacyNodeRow>[];
  readonly edges: Mutable<LegacyEdgeRow>[];
  readonly variables: Mutable<LegacyVariableRow>[];
}

export interface RunDraft {
  readonly row: Mutable<LegacyRunRow>;
  readonly answers: Mutable<LegacyAnswerRow>[];
}

export interface DraftSize {
  readonly versions: number;
  /** Nodes of a version, at least 8. */
  readonly nodes: number;
  readonly runs: number;
}

/** 2024-01-01T00:00:00Z. */
const BEGINNING = 1_704_067_200_000;
const DAY = 86_400_000;

const WORDS = [
  "policy",
  "renewal",
  "greeting",
  "callback",
  "claim",
  "address",
  "payment",
  "offer",
  "consent",
];

/** A script without anything wrong: it moves without a finding. */
export function draftScript(
  dice: Dice,
  number: number,
  tenantId: string | null,
  size: DraftSize,
): ScriptDraft {
  const createdAt = BEGINNING + dice.roll(0, 300) * DAY;
  const key = `${dice.pick(WORDS)}-${number}`;
  const row: ScriptDraft["row"] = {
    id: dice.id(),
    tenantId,
    key,
    title: `Script ${key}`,
    description: dice.roll(0, 3) === 0 ? null : `What to say about ${dice.pick(WORDS)}.`,
    tags: [...new Set([dice.pick(WORDS), dice.pick(WORDS)])],
    latestVersion: size.versions,
    createdAt: String(createdAt),
    updatedAt: String(createdAt + size.versions * DAY),
  };
  const versions: VersionDraft[] = [];
  for (let version = 1; version <= size.versions; version++) {
    const isActive = version === Math.max(size.versions - 1, 1);
    const draft = draftVersion(
      dice,
      row.id,
      version,
      size.nodes + version - 1,
      createdAt + (version - 1) * DAY,
    );
    draft.row.status = isActive ? "ACTIVE" : version < size.versions ? "ARCHIVED" : "DRAFT";
    if (version < size.versions || isActive)
      draft.row.publishedAt = String(Number(draft.row.createdAt) + 3_600_000);
    versions.push(draft);
  }
  const script: ScriptDraft = { row, versions, runs: [] };
  for (let run = 0; run < size.runs; run++) script.runs.push(draftRun(dice, script));
  return script;
}

const MIDDLE: readonly LegacyNodeType[] = ["MESSAGE", "QUESTION", "CHOICE", "CONDITION", "ACTION"];

/** A chain from a start to an end, with short cuts from its condition nodes and a way back from each choice. */
function draftVersion(
  dice: Dice,
  scriptId: string,
  version: number,
  nodeCount: number,
  createdAt: number,
): VersionDraft {
  const row: VersionDraft["row"] = {
    id: dice.id(),
    scriptId,
    version,
    status: "DRAFT",
    entryNodeId: null,
    notes: version === 1 ? null : `Version ${version}: one step more`,
    createdAt: String(createdAt),
    publishedAt: null,
  };
  const draft: VersionDraft = { row, nodes: [], edges: [], variables: draftVariables(dice, row.id) };
  for (let place = 0; place < nodeCount; place++) {
    const type =
      place === 0 ? "START" : place === nodeCount - 1 ? "END" : MIDDLE[(place - 1) % MIDDLE.length]!;
    // The end keeps its key from version to version.
    addNode(dice, draft, type === "END" ? "end" : `n${place}`, type, place);
  }
  row.entryNodeId = draft.nodes[0]!.id;
  for (let place = 0; place < nodeCount - 1; place++) {
    addEdge(dice, draft, place, place + 1, null);
    const { type } = draft.nodes[place]!;
    const later = Math.min(place + 3, nodeCount - 1);
    if (type === "CONDITION")
      addEdge(dice, draft, place, later, { ">": [{ var: "age" }, 20 + (place % 40)] });
    if (type === "CHOICE" && place > 4)
      addEdge(dice, draft, place, place - 1, { "==": [{ var: `answers.n${place}` }, "no"] });
  }
  return draft;
}

function draftVariables(dice: Dice, versionId: string): VersionDraft["variables"] {
  const make = (
    key: string,
    type: string,
    defaultVal: string | null,
    enumValues: readonly string[] = [],
  ) => ({
    id: dice.id(),
    scriptVersionId: versionId,
    key,
    type,
    enumValues,
    defaultVal,
    required: false,
  });
  return [
    make("age", "number", "30"),
    make("consent", "enum", "no", ["yes", "no"]),
    make("member", "boolean", "false"),
    make("name", "string", null),
  ];
}

export function addNode(
  dice: Dice,
  draft: VersionDraft,
  key: string,
  type: LegacyNodeType,
  orderIndex: number,
): VersionDraft["nodes"][number] {
  const { uiSchema, config } = partsOf(type, orderIndex);
  const node = {
    id: dice.id(),
    scriptVersionId: draft.row.id,
    key,
    type,
    title: `${type.toLowerCase()} ${orderIndex}`,
    prompt:
      type === "CONDITION" || type === "START" ? null : `Step ${orderIndex}, {{name}}: ${dice.pick(WORDS)}?`,
    uiSchema,
    config,
    orderIndex,
  };
  draft.nodes.push(node);
  return node;
}

function partsOf(type: LegacyNodeType, place: number): { uiSchema: string | null; config: string | null } {
  switch (type) {
    case "QUESTION":
      return {
        uiSchema: JSON.stringify({ widget: "text", rows: place % 3 }),
        config: JSON.stringify({ variable: "name" }),
      };
    case "CHOICE": {
      const options = [
        { id: "yes", label: "Yes" },
        { id: "no", label: "No" },
      ];
      return { uiSchema: null, config: JSON.stringify({ options, variable: "consent" }) };
    }
    case "ACTION":
      return { uiSchema: null, config: JSON.stringify({ operation: "crm.note", input: { step: place } }) };
    case "MESSAGE":
      return { uiSchema: JSON.stringify({ tone: "calm" }), config: null };
    default:
      return { uiSchema: null, config: null };
  }
}

/** Adds an edge between the nodes at two places of the version's list. */
export function addEdge(
  dice: Dice,
  draft: VersionDraft,
  from: number,
  to: number,
  condition: unknown,
): VersionDraft["edges"][number] {
  const [source, target] = [draft.nodes[from]!, draft.nodes[to]!];
  const edge = {
    id: dice.id(),
    scriptVersionId: draft.row.id,
    fromNodeId: source.id,
    toNodeId: target.id,
    condition: condition === null ? null : JSON.stringify(condition),
    fromVersionId: source.scriptVersionId,
    toVersionId: target.scriptVersionId,
  };
  draft.edges.push(edge);
  return edge;
}

/** A run of the script's active version; every second one is finished. */
export function draftRun(dice: Dice, { row: script, versions }: ScriptDraft): RunDraft {
  const version = versions.find(({ row }) => row.status === "ACTIVE") ?? versions[0]!;
  const startedAt = Number(version.row.createdAt) + dice.roll(2, 20) * 3_600_000;
  const isFinished = dice.roll(0, 1) === 0;
  const asked = version.nodes.filter(({ type }) => type === "QUESTION" || type === "CHOICE").slice(0, 3);
  const cursor = isFinished ? version.nodes.at(-1)! : asked.at(-1)!;
  const row: RunDraft["row"] = {
    id: dice.id(),
    tenantId: script.tenantId,
    scriptId: script.id,
    scriptVersion: version.row.version,
    subjectSchema: "crm",
    subjectModel: "Contact",
    subjectId: String(dice.roll(1, 5_000)),
    startedByUserId: `user-${dice.roll(1, 50)}`,
    startedAt: String(startedAt),
    completedAt: isFinished ? String(startedAt + 600_000) : null,
    state: JSON.stringify({ cursor: cursor.key, vars: { age: dice.roll(18, 90), name: "Ann" } }),
  };
  const answered = isFinished ? asked : asked.slice(0, -1);
  const answers = answered.map((node, place) => ({
    id: dice.id(),
    runId: row.id,
    nodeKey: node.key,
    value: JSON.stringify(node.type === "CHOICE" ? dice.pick(["yes", "no"]) : "Ann"),
    answeredAt: String(startedAt + (place + 1) * 60_000),
  }));
  return { row, answers };
}
