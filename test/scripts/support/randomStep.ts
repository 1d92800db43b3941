import * as fc from "fast-check";
import type { Json } from "../../../src/kernel/canonicalJson.ts";
import { toDocument } from "../../../src/scripts/document/document.ts";
import type { ScriptState } from "../../../src/scripts/state.ts";
import type { Step } from "./given.ts";

/** What an actor is about to do. What it does it to is chosen when the state is known. */
export interface Intent {
  readonly kind: keyof typeof makers;
  /** Numbers that the choices are made with, one each. */
  readonly dice: readonly number[];
  readonly text: string;
}

const NODE_IDS = ["1", "10", "2", "constructor", "toString", "a/b~c", "n", "ä ö", "__proto"];
const EDGE_IDS = ["e", "7", "07", "valueOf", "x/y", "~0", "e2", "e3"];
const KEYS = ["age", "name", "constructor", "_x", "a1"];
const TYPES = ["start", "message", "question", "widget", "end"];

class Dice {
  readonly #dice: readonly number[];
  #next = 0;

  constructor(dice: readonly number[]) {
    this.#dice = dice;
  }

  roll(sides: number): number {
    return this.#dice[this.#next++ % this.#dice.length]! % sides;
  }

  /** One of the choices; mostly one that is there, now and then any of those that could be. */
  pick(choices: readonly string[], others: readonly string[] = choices): string {
    const from = choices.length === 0 || this.roll(12) === 0 ? others : choices;
    return from[this.roll(from.length)]!;
  }
}

type Maker = (dice: Dice, state: ScriptState, text: string) => unknown;

const missing = (all: readonly string[], record: object): string[] =>
  all.filter((id) => !Object.hasOwn(record, id));
const nodeOf = (dice: Dice, state: ScriptState): string => dice.pick(Object.keys(state.nodes), NODE_IDS);
const edgeOf = (dice: Dice, state: ScriptState): string => dice.pick(Object.keys(state.edges), EDGE_IDS);
const keyOf = (dice: Dice, state: ScriptState): string => dice.pick(Object.keys(state.variables), KEYS);
const place = (dice: Dice) => ({ x: dice.roll(5) - 2, y: dice.roll(3) / 2 });
const maybe = <T>(dice: Dice, members: T): T | Record<string, never> => (dice.roll(3) === 0 ? members : {});

function condition(dice: Dice, state: ScriptState): Json {
  const test: Json = { "==": [{ var: keyOf(dice, state) }, dice.roll(3)] };
  return [test, { and: [test, { "!": [{ var: [keyOf(dice, state), null] }] }] }, true, null][dice.roll(4)]!;
}

function data(dice: Dice, state: ScriptState, text: string): Record<string, Json> {
  const members: Record<string, Json>[] = [
    { title: text },
    { prompt: `Hello {{${keyOf(dice, state)}}}, {{ name }}` },
    { config: { size: dice.roll(3), deep: { [text]: dice.roll(2), constructor: [text] } } },
    { options: [{ id: "yes", label: `{{${keyOf(dice, state)}}}` }, { id: "no" }] },
    { condition: condition(dice, state) },
    { variable: keyOf(dice, state) },
    { "a/b": [1, { "~": text }], "": text },
    {},
  ];
  return { ...members[dice.roll(members.length)], ...members[dice.roll(members.length)] };
}

function mergePatch(dice: Dice, state: ScriptState, text: string): Record<string, Json> {
  const names = ["title", "prompt", "config", "condition", "variable", "options", ""];
  const taken = Object.fromEntries(names.filter(() => dice.roll(5) === 0).map((name) => [name, null]));
  return {
    ...data(dice, state, text),
    ...taken,
    ...maybe(dice, { config: { deep: null, [text]: { new: null, x: 1 } } }),
  };
}

function variable(dice: Dice, key: string) {
  const type = ["string", "number", "enum", "json"][dice.roll(4)]!;
  const more = { enum: { enumValues: ["a", "b"], defaultVal: "b" }, json: { defaultVal: { x: [null] } } };
  return { key, type, required: dice.roll(2) === 0, ...more[type as keyof typeof more] };
}

/** The document as a client would send it back after some edits of its own. */
function graph(dice: Dice, state: ScriptState, text: string) {
  const { graphJson } = toDocument(state);
  const kept = new Set(graphJson.nodes.filter(() => dice.roll(6) > 0).map(({ id }) => id));
  const nodes = graphJson.nodes
    .filter(({ id, parentId }) => kept.has(id) && (parentId === undefined || kept.has(parentId)))
    .map((node) => (dice.roll(4) === 0 ? { ...node, position: place(dice), selected: true } : node));
  const ids = new Set(nodes.map(({ id }) => id));
  const added = missing(NODE_IDS, state.nodes).slice(0, dice.roll(2));
  return {
    ...graphJson,
    nodes: [
      ...nodes,
      ...added.map((id) => ({ id, type: "message", position: place(dice), data: { title: text } })),
    ],
    edges: graphJson.edges.filter(({ source, target }) => ids.has(source) && ids.has(target)).toReversed(),
    viewport: { x: dice.roll(2), y: 0, zoom: 1 },
    entryNodeId: nodes[0]?.id ?? null,
  };
}

function clientPatch(dice: Dice, state: ScriptState, text: string): readonly object[] {
  const at = `/nodes/${nodeOf(dice, state).replaceAll("~", "~0").replaceAll("/", "~1")}`;
  const fresh = dice.pick(missing(NODE_IDS, state.nodes), NODE_IDS);
  const freshAt = `/nodes/${fresh.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  const patches: (readonly object[])[] = [
    [{ op: "add", path: `${at}/data/title`, value: text }],
    [
      { op: "add", path: `${at}/data/list`, value: [1, text] },
      { op: "add", path: `${at}/data/list/0`, value: {} },
    ],
    [{ op: "remove", path: `${at}/data/list/0` }],
    [
      { op: "copy", from: at, path: freshAt },
      { op: "replace", path: `${freshAt}/id`, value: fresh },
    ],
    [{ op: "add", path: freshAt, value: { id: fresh, type: "end", position: place(dice), data: {} } }],
    [{ op: "replace", path: `${at}/order`, value: dice.roll(9) }],
    [{ op: "replace", path: "/viewport/x", value: dice.roll(3) }],
    [{ op: "move", from: `${at}/data/title`, path: `${at}/data/moved` }],
  ];
  return [...patches[dice.roll(patches.length)]!, ...patches[dice.roll(patches.length)]!];
}

const versionOf = (dice: Dice, state: ScriptState): number =>
  Number(dice.pick(Object.keys(state.versions), ["1", "2"]));

const makers = {
  UpdateDetails: (dice, _, text) => ({
    name: text || "x",
    ...maybe(dice, { labels: [text || "y"], description: null }),
  }),
  ChangeStatus: (dice, state) => ({
    status: state.status === "ARCHIVED" ? "DRAFT" : dice.roll(5) === 0 ? "ARCHIVED" : "DRAFT",
  }),
  AddNode: (dice, state, text) => ({
    node: {
      id: dice.pick(missing(NODE_IDS, state.nodes), NODE_IDS),
      type: dice.pick(TYPES),
      position: place(dice),
      data: data(dice, state, text),
      ...maybe(dice, { parentId: nodeOf(dice, state) }),
      ...maybe(dice, { width: dice.roll(9) }),
    },
  }),
  UpdateNode: (dice, state, text) => ({
    nodeId: nodeOf(dice, state),
    data: mergePatch(dice, state, text),
    ...maybe(dice, { parentId: dice.roll(2) === 0 ? null : nodeOf(dice, state) }),
    ...maybe(dice, { type: dice.pick(TYPES), height: dice.roll(2) === 0 ? null : 4 }),
  }),
  MoveNodes: (dice, state) => ({
    moves: [...new Set([nodeOf(dice, state), nodeOf(dice, state)])].map((nodeId) => ({
      nodeId,
      position: place(dice),
    })),
  }),
  RemoveNode: (dice, state) => ({
    nodeId: nodeOf(dice, state),
    ...maybe(dice, { edges: dice.pick(["bridge", "cascade", "reject"]) }),
    ...maybe(dice, { edges: "bridge" }),
  }),
  DuplicateNode: (dice, state) => ({
    nodeId: nodeOf(dice, state),
    newNodeId: dice.pick(missing(NODE_IDS, state.nodes), NODE_IDS),
    ...maybe(dice, { position: place(dice) }),
  }),
  AddEdge: (dice, state, text) => ({
    edge: {
      id: dice.pick(missing(EDGE_IDS, state.edges), EDGE_IDS),
      source: nodeOf(dice, state),
      target: nodeOf(dice, state),
      ...maybe(dice, { sourceHandle: "yes" }),
      ...maybe(dice, { label: `${text} {{${keyOf(dice, state)}}}` }),
      data: {
        ...maybe(dice, { priority: dice.roll(3) }),
        ...maybe(dice, { condition: condition(dice, state) }),
      },
    },
  }),
  UpdateEdge: (dice, state, text) => ({
    edgeId: edgeOf(dice, state),
    ...maybe(dice, { label: dice.roll(2) === 0 ? null : text }),
    data: { condition: condition(dice, state), ...maybe(dice, { priority: null }) },
  }),
  ReconnectEdge: (dice, state) => ({
    edgeId: edgeOf(dice, state),
    ...maybe(dice, { source: nodeOf(dice, state), sourceHandle: null }),
    ...maybe(dice, { target: nodeOf(dice, state), targetHandle: "in" }),
  }),
  RemoveEdge: (dice, state) => ({ edgeId: edgeOf(dice, state) }),
  SetEntryNode: (dice, state) => ({ nodeId: dice.roll(4) === 0 ? null : nodeOf(dice, state) }),
  DefineVariable: (dice, state) => ({
    variable: variable(dice, dice.pick(missing(KEYS, state.variables), KEYS)),
  }),
  UpdateVariable: (dice, state, text) => ({
    key: keyOf(dice, state),
    ...maybe(dice, { label: dice.roll(2) === 0 ? null : text }),
    ...maybe(dice, { type: "string", enumValues: null, defaultVal: null }),
    ...maybe(dice, { required: true }),
  }),
  RenameVariable: (dice, state) => ({
    key: keyOf(dice, state),
    newKey: dice.pick(missing(KEYS, state.variables), KEYS),
  }),
  RemoveVariable: (dice, state) => ({ key: keyOf(dice, state) }),
  ReplaceGraph: (dice, state, text) => ({
    graphJson: graph(dice, state, text),
    ...maybe(dice, { variablesDef: toDocument(state).variablesDef.toReversed() }),
  }),
  ApplyPatch: (dice, state, text) => ({ patch: clientPatch(dice, state, text) }),
  CommitVersion: (dice) => ({ ...maybe(dice, { allowUnchanged: true }), ...maybe(dice, { changelog: "x" }) }),
  PublishVersion: (dice, state) => ({ version: versionOf(dice, state) }),
  UnpublishVersion: (dice, state) => maybe(dice, { version: versionOf(dice, state) }),
  RollbackToVersion: (dice, state) => ({ version: versionOf(dice, state) }),
} satisfies Record<string, Maker>;

const kinds = Object.keys(makers) as Intent["kind"][];
const building: Intent["kind"][] = [
  "AddNode",
  "AddEdge",
  "AddNode",
  "AddEdge",
  "DefineVariable",
  "UpdateNode",
];

export const randomIntent: fc.Arbitrary<Intent> = fc.record({
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...building) },
    { weight: 4, arbitrary: fc.constantFrom(...kinds) },
  ),
  dice: fc.array(fc.nat(10_000), { minLength: 24, maxLength: 24, size: "max" }),
  text: fc.constantFrom("Hi", "", "constructor", "{{age}}", "ü/~", "1"),
});

/** The command that an intent comes to on a state. Most are accepted, all have the right form. */
export function toStep({ kind, dice, text }: Intent, state: ScriptState): Step {
  const make: Maker = makers[kind];
  return [kind, make(new Dice(dice), state, text)];
}
