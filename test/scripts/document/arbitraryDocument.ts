import * as fc from "fast-check";
import type { Json } from "../../../src/kernel/canonicalJson.ts";
import { findUnsafeJson } from "../../../src/kernel/findUnsafeJson.ts";
import type { KeyedDocument } from "../../../src/scripts/document/document.ts";
import { entityIdSchema } from "../../../src/scripts/document/schemas.ts";
import type { Data } from "../../../src/scripts/document/schemas.ts";
import type { EdgeState, NodeState, VariableState } from "../../../src/scripts/state.ts";

const TRICKY_IDS = ["1", "10", "2", "constructor", "toString", "xy-edge__a-b", "a/b~c", "ä", "__proto", " "];

const id = fc.oneof(
  fc.constantFrom(...TRICKY_IDS),
  fc.string({ minLength: 1, maxLength: 8 }).filter((text) => entityIdSchema.safeParse(text).success),
);
const key = fc.constantFrom("age", "name", "plan", "constructor", "_x", "a1");

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  key.map((name) => `Hello {{${name}}}, {{ ${name}.member }} and {{#if}} {{${name}x}} {${name}}`),
);
const literal: fc.Arbitrary<Json> = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), text);

/** JSON-logic that is mostly valid. */
export const arbitraryCondition: fc.Arbitrary<Json> = fc.letrec<{ rule: Json; value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    literal,
    key.map((name) => ({ var: name })),
    key.map((name) => ({ var: [`${name}.deep.er`, 0] })),
    key.map((name) => ({ missing: [name, "answers.n_1"] })),
    tie("rule"),
  ),
  rule: fc.oneof(
    { maxDepth: 4 },
    fc
      .tuple(fc.constantFrom("==", "/", "in", "<"), tie("value"), tie("value"))
      .map(([name, a, b]) => ({ [name]: [a, b] })),
    fc.tuple(fc.constantFrom("and", "or", "!"), tie("value")).map(([name, a]) => ({ [name]: a })),
    fc.tuple(tie("value"), tie("value")).map(([a, b]) => ({ some: [a, b] })),
  ),
})).rule;

const json = fc
  .jsonValue({ maxDepth: 2 })
  .filter((value) => findUnsafeJson(value, 5) === undefined) as fc.Arbitrary<Json>;

const nodeData: fc.Arbitrary<Data> = fc.record(
  {
    prompt: text,
    variable: key,
    condition: arbitraryCondition,
    branches: fc.array(fc.oneof(json, fc.record({ id: fc.string(), condition: arbitraryCondition })), {
      maxLength: 3,
    }),
    options: fc.array(fc.oneof(json, fc.record({ id: fc.string(), label: text })), { maxLength: 3 }),
    config: json,
    handles: json,
  },
  { requiredKeys: [] },
);

const types = [
  "start",
  "message",
  "question",
  "choice",
  "condition",
  "action",
  "end",
  "group",
  "constructor",
];

/** Any document that the schemas let in, sound or not: edges may dangle. Parents form no cycle. */
export const arbitraryDocument: fc.Arbitrary<KeyedDocument> = fc
  .record({
    ids: fc.uniqueArray(id, { minLength: 1, maxLength: 8 }),
    edgeIds: fc.uniqueArray(id, { maxLength: 10 }),
    keys: fc.uniqueArray(key, { maxLength: 4 }),
  })
  .chain(({ ids, edgeIds, keys }) => {
    const someId = fc.constantFrom(...ids);
    const node = (nodeId: string): fc.Arbitrary<NodeState> =>
      fc.record(
        {
          id: fc.constant(nodeId),
          type: fc.constantFrom(...types),
          position: fc.record({ x: fc.integer({ min: -99, max: 99 }), y: fc.constant(0.5) }),
          data: nodeData,
          ...(nodeId === ids[0] ? {} : { parentId: fc.constantFrom(...ids.slice(0, ids.indexOf(nodeId))) }),
          width: fc.nat(300),
          order: fc.nat(30),
        },
        { requiredKeys: ["id", "type", "position", "data", "order"] },
      );
    const edge = (edgeId: string): fc.Arbitrary<EdgeState> =>
      fc.record(
        {
          id: fc.constant(edgeId),
          source: fc.oneof({ weight: 9, arbitrary: someId }, { weight: 1, arbitrary: id }),
          target: fc.oneof({ weight: 9, arbitrary: someId }, { weight: 1, arbitrary: id }),
          sourceHandle: fc.constantFrom("true", "a", "b"),
          label: text,
          data: fc.record({ condition: arbitraryCondition, priority: fc.nat(3) }, { requiredKeys: [] }),
          order: fc.nat(30),
        },
        { requiredKeys: ["id", "source", "target", "data", "order"] },
      );
    const variable = (name: string): fc.Arbitrary<VariableState> =>
      fc.record(
        {
          key: fc.constant(name),
          type: fc.constantFrom("string", "number", "json"),
          required: fc.boolean(),
          label: text,
          order: fc.nat(30),
        },
        { requiredKeys: ["key", "type", "required", "order"] },
      );
    const document = fc.record({
      nodes: recordOf(ids, node),
      edges: recordOf(edgeIds, edge),
      variables: recordOf(keys, variable),
      viewport: fc.constant({ x: 0, y: 0, zoom: 1 }),
      entryNodeId: fc.option(someId),
    });
    // As if it came over the wire: plain objects, no -0.
    return document.map((value) => JSON.parse(JSON.stringify(value)) as KeyedDocument);
  });

function recordOf<T>(
  ids: readonly string[],
  make: (id: string) => fc.Arbitrary<T>,
): fc.Arbitrary<{ readonly [id: string]: T }> {
  return fc
    .tuple(...ids.map(make))
    .map((entities) => Object.fromEntries(entities.map((entity, n) => [ids[n]!, entity])));
}
