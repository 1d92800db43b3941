import * as fc from "fast-check";
import { z } from "zod";
import { commandDefinitions, commandName } from "../../../src/scripts/registry.ts";

interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: { readonly [name: string]: JsonSchema };
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly examples?: readonly unknown[];
}

/** Names of things that are there, so that some bodies get further than the first check. */
const KNOWN = ["scr", "start", "ask", "end", "e1", "topic", "create", "Scripts.AddNode.v1", "1"];
const HOSTILE = [
  "__proto__",
  "constructor",
  "toString",
  "\u0000",
  "\ud800",
  "../..",
  "' or 1=1 --",
  "\u202e",
  "",
];

const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
);
const number = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.constantFrom(-1, 0.5, 1e308, 2 ** 31, 2 ** 53, -0),
);

/** Any JSON, with the names that mean something here among its keys. */
const anyJson = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(fc.constantFrom(null, true, false), number, text),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(text, fc.constantFrom("commands", "payload", "nodes", "edges", "data", "id", "actor")),
      tie("value"),
      { maxKeys: 5 },
    ),
  ),
})).value;

/**
 * Bodies that a schema takes, nearly: of the right members, with values of the right kind most of the time. The
 * rest are wrong in one place, or altogether.
 */
export function bodiesOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const root = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const fitting = arbitraryOf(root, root, 0);
  return fc.oneof(
    { weight: 5, arbitrary: fitting },
    {
      weight: 4,
      arbitrary: fc.tuple(fitting, fc.nat(), anyJson).map(([body, at, wrong]) => spoil(body, at, wrong)),
    },
    { weight: 1, arbitrary: anyJson },
  );
}

/** Batches of real commands with payloads that nearly fit. */
export function commandBatches(): fc.Arbitrary<unknown> {
  const command = fc.oneof(
    ...[...commandDefinitions.values()].map(({ type, version, payload }) =>
      fc.record({ command: fc.constant(commandName(type, version)), payload: bodiesOf(payload) }),
    ),
  );
  return fc.record(
    {
      commands: fc.array(command, { minLength: 1, maxLength: 3 }),
      dryRun: fc.constantFrom(true, false, false),
      onConflict: fc.constantFrom("reject", "rebase", "other"),
      expectedSequence: number,
    },
    { requiredKeys: ["commands"] },
  );
}

function arbitraryOf(schema: JsonSchema, root: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  if (depth > 8) return fc.constant(null);
  const go = (inner: JsonSchema) => arbitraryOf(inner, root, depth + 1);
  if (schema.$ref === "#") return go(root);
  if (schema.$ref !== undefined) return go(root.$defs?.[schema.$ref.replace("#/$defs/", "")] ?? {});
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return fc.oneof(...choices.map(go));
  switch (schema.type) {
    case "object":
      return objectOf(schema, go);
    case "array":
      return fc.array(go(schema.items ?? {}), { maxLength: 3 });
    case "string":
      return schema.examples ? fc.oneof(text, fc.constantFrom(...schema.examples)) : text;
    case "number":
    case "integer":
      return number;
    case "boolean":
      return fc.boolean();
    default:
      return anyJson;
  }
}

function objectOf(
  schema: JsonSchema,
  go: (inner: JsonSchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const members = Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, go(inner)] as const);
  const known = fc.record(Object.fromEntries(members), { requiredKeys: [...(schema.required ?? [])] });
  const { additionalProperties: others } = schema;
  if (typeof others !== "object") return known;
  return fc
    .tuple(known, fc.dictionary(text, go(others), { maxKeys: 3 }))
    .map(([one, more]) => ({ ...more, ...one }));
}

/** The same body with one of its members, however deep, replaced, taken away, or joined by one that nobody knows. */
function spoil(body: unknown, at: number, wrong: unknown): unknown {
  if (typeof body !== "object" || body === null) return wrong;
  const names = Object.keys(body);
  const name = names[at % (names.length + 1)];
  const rest = Math.floor(at / (names.length + 1));
  if (Array.isArray(body))
    return name === undefined
      ? [...body, wrong]
      : body.with(Number(name), spoil(body[Number(name)], rest, wrong));
  const members = body as Record<string, unknown>;
  if (name === undefined) return { ...members, unknown: wrong };
  if (rest % 5 === 0) return Object.fromEntries(Object.entries(members).filter(([one]) => one !== name));
  return { ...members, [name]: spoil(members[name], rest, wrong) };
}
