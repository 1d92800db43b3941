import { z } from "zod";
import type { Json } from "../../kernel/canonicalJson.ts";
import { findUnsafeJson } from "../../kernel/findUnsafeJson.ts";
import { toTokens } from "../pointer.ts";
import type { GraphEdge, GraphJson, GraphNode, VariableDef } from "../storedCommand.ts";
import { LIMITS } from "./limits.ts";

/** A JSON object, as node.data and edge.data hold it. */
export type Data = { readonly [key: string]: Json };

/** A document keyed by id whose entities may lack their order: what is left after a client's JSON patch. */
export interface KeyedDocumentInput {
  readonly nodes: { readonly [id: string]: GraphNode & { readonly order?: number } };
  readonly edges: { readonly [id: string]: GraphEdge & { readonly order?: number } };
  readonly variables: { readonly [key: string]: VariableDef & { readonly order?: number } };
  readonly viewport: GraphJson["viewport"];
  readonly entryNodeId: string | null;
}

const CONTROL_CHARACTER = /\p{Cc}/u;
const RESERVED_VARIABLES = new Set(["answers", "__proto__"]);

/**
 * The id of a node or edge: anything that React Flow accepts, except control characters, half surrogate
 * pairs and `__proto__`. Ids such as "1", "constructor" or "a/b~c" are legal: read records with Object.hasOwn.
 */
export const entityIdSchema = z
  .string()
  .min(1, "An id must not be empty.")
  .max(LIMITS.idLength, `An id has at most ${LIMITS.idLength} characters.`)
  .refine(isPrintable, "An id must not contain control characters or half of a surrogate pair.")
  .refine((id) => id !== "__proto__", 'The id "__proto__" is not allowed. Choose another one.')
  .meta({ description: "Id of a node or edge, unique in its script.", examples: ["n_greeting"] });

/** A variable's name in conditions and templates. */
export const variableKeySchema = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,63}$/,
    "A variable key starts with a letter or _ and has up to 64 letters, digits and _.",
  )
  .refine(
    (key) => !RESERVED_VARIABLES.has(key),
    'The keys "answers" and "__proto__" are reserved. Choose another one.',
  )
  .meta({ description: "Name of a variable in conditions and templates.", examples: ["customer_name"] });

/** A place on the canvas, in pixels; a child's place is relative to its parent. Other members are dropped. */
export const positionSchema = z
  .object({ x: coordinate(), y: coordinate() })
  .meta({ description: "Place on the canvas, in pixels. A child's is relative to its parent." });

/** The pan and zoom of the editor. Other members are dropped. */
const viewportSchema = z
  .object({ x: coordinate(), y: coordinate(), zoom: z.number().positive().max(1_000) })
  .meta({ description: "Pan, in pixels, and zoom of the editor." });

/** A JSON object of at most LIMITS.dataDepth levels. It is handed on as it is, not copied. */
export const dataSchema = z
  .custom<Data>(isJsonObject, "data must be a JSON object.")
  .check(refuseUnsafe(LIMITS.dataDepth))
  .meta({ type: "object", additionalProperties: true, description: "What the runner and the editor need." });

/**
 * A JSON merge patch (RFC 7396) on a node's or edge's data: null removes a member, objects are merged,
 * everything else replaces.
 */
export const nodeDataPatchSchema = z
  .custom<Data>(isJsonObject, "A merge patch must be a JSON object.")
  .check(refuseUnsafe(LIMITS.dataDepth))
  .meta({
    type: "object",
    additionalProperties: true,
    description: "JSON merge patch (RFC 7396): null removes a member, objects merge, the rest replaces.",
    examples: [{ prompt: "May I ask your name?", hint: null }],
  });

/** The name of a node type: a built-in one (start, message, ...) or a custom one. */
export const nodeTypeSchema = z
  .string()
  .min(1, "A node type must not be empty.")
  .max(LIMITS.typeLength, `A node type has at most ${LIMITS.typeLength} characters.`)
  .refine(isPrintable, "A node type must not contain control characters or half of a surrogate pair.")
  .meta({
    description: "start, message, question, choice, condition, action, end, or a custom type's name.",
    examples: ["question"],
  });

const handleInputSchema = z
  .string()
  .max(LIMITS.idLength, `A handle id has at most ${LIMITS.idLength} characters.`)
  .refine(isPrintable, "A handle id must not contain control characters or half of a surrogate pair.");

/** The id of a handle, as sourceHandle and targetHandle name it. */
export const handleSchema = handleInputSchema.min(1, "A handle id must not be empty. Leave it out instead.");

/** An edge's label: text to show, in which {{key}} stands for a variable. */
export const labelSchema = z
  .string()
  .max(LIMITS.labelLength, `A label has at most ${LIMITS.labelLength} characters.`)
  .check(refuseUnsafe(0));

const pixelsSchema = z.number().nonnegative().max(LIMITS.nodeSize);
const orderSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const variableTypeSchema = z.enum(["string", "number", "boolean", "enum", "date", "json"]);
const enumValuesSchema = z.array(labelSchema).max(LIMITS.enumValues);
const descriptionSchema = z.string().max(LIMITS.descriptionLength).check(refuseUnsafe(0));
const jsonSchema = z
  .custom<Json>((value) => value !== undefined, "A JSON value is required.")
  .check(refuseUnsafe(LIMITS.dataDepth))
  .meta({ type: ["string", "number", "boolean", "object", "array", "null"] });

/**
 * A node as an editor sends it. Only the members of GraphNode are kept: what a script means belongs into
 * data, so how the editor shows or handles a node (selected, dragging, resizing, measured, draggable,
 * selectable, hidden, zIndex, extent, sourcePosition, style, className, ...) is dropped, whatever React
 * Flow adds later. null means absent. A missing type is React Flow's "default".
 */
export const nodeInputSchema = z
  .object({
    id: entityIdSchema,
    type: nodeTypeSchema.nullish(),
    position: positionSchema,
    data: dataSchema.nullish(),
    parentId: entityIdSchema.nullish(),
    width: pixelsSchema.nullish(),
    height: pixelsSchema.nullish(),
  })
  .transform(({ type, data, ...rest }): GraphNode => ({
    ...dropNullish(rest),
    type: type ?? "default",
    data: data ?? {},
  }));

/**
 * An edge as an editor sends it. Only the members of GraphEdge are kept: React Flow's type, animated,
 * markerEnd, style, selected, ... are dropped. null means absent, and so does an empty handle, as in React Flow.
 */
export const edgeInputSchema = z
  .object({
    id: entityIdSchema,
    source: entityIdSchema,
    target: entityIdSchema,
    sourceHandle: handleInputSchema.nullish(),
    targetHandle: handleInputSchema.nullish(),
    label: labelSchema.nullish(),
    data: dataSchema.nullish(),
  })
  .transform(({ sourceHandle, targetHandle, data, ...rest }): GraphEdge => ({
    ...dropNullish({ ...rest, sourceHandle: sourceHandle || null, targetHandle: targetHandle || null }),
    data: data ?? {},
  }));

/**
 * The declaration of a variable. Unknown members are refused. null means absent, and so does an empty list of
 * enumValues where the type is not enum.
 */
export const variableInputSchema = z
  .strictObject({
    key: variableKeySchema,
    type: variableTypeSchema,
    required: z.boolean().default(false),
    enumValues: enumValuesSchema.nullish(),
    defaultVal: jsonSchema.optional(),
    label: labelSchema.nullish(),
    description: descriptionSchema.nullish(),
  })
  .transform(({ enumValues, ...rest }): VariableDef => {
    const isMeant = rest.type === "enum" || (enumValues?.length ?? 0) > 0;
    return dropNullish({ ...rest, enumValues: isMeant ? enumValues : null });
  });

/** The declarations of a script's variables. */
export const variablesInputSchema = z.array(variableInputSchema).max(LIMITS.variables);

/** A graph as React Flow's toObject() gives it, with the members of GraphJson that React Flow does not know. */
export const graphInputSchema = z
  .strictObject({
    schemaVersion: z.literal(1).default(1),
    nodes: z.array(nodeInputSchema).max(LIMITS.nodes),
    edges: z.array(edgeInputSchema).max(LIMITS.edges),
    viewport: viewportSchema.default({ x: 0, y: 0, zoom: 1 }),
    entryNodeId: entityIdSchema.nullable().default(null),
  })
  .transform((graph): GraphJson => graph);

// optional, not exactOptional: zod-to-openapi 9.1 prints the latter as required.
const nodeShape = {
  id: entityIdSchema,
  type: nodeTypeSchema,
  position: z.strictObject({ x: coordinate(), y: coordinate() }),
  data: dataSchema,
  parentId: entityIdSchema.optional(),
  width: pixelsSchema.optional(),
  height: pixelsSchema.optional(),
};
const edgeShape = {
  id: entityIdSchema,
  source: entityIdSchema,
  target: entityIdSchema,
  sourceHandle: handleSchema.optional(),
  targetHandle: handleSchema.optional(),
  label: labelSchema.optional(),
  data: dataSchema,
};
const variableShape = {
  key: variableKeySchema,
  type: variableTypeSchema,
  required: z.boolean(),
  enumValues: enumValuesSchema.optional(),
  defaultVal: jsonSchema.optional(),
  label: labelSchema.optional(),
  description: descriptionSchema.optional(),
};
const exactViewportSchema = z.strictObject(viewportSchema.shape);

/** A graph as the service gives it; it loads into React Flow as it is. */
export const graphJsonSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    nodes: z.array(z.strictObject(nodeShape)),
    edges: z.array(z.strictObject(edgeShape)),
    viewport: exactViewportSchema,
    entryNodeId: entityIdSchema.nullable(),
  })
  .meta({ description: "Loads into React Flow as it is." });

/** Variable declarations as the service gives them. */
export const variablesDefSchema = z.array(z.strictObject(variableShape));

/**
 * A whole document keyed by id, as it stands after a client's JSON patch: nothing is dropped, unknown
 * members are refused, and only order may be missing.
 */
export const keyedDocumentSchema = z
  .unknown()
  .check(refuseUnsafe(LIMITS.dataDepth + 4))
  .pipe(
    z.strictObject({
      nodes: z.record(z.string(), z.strictObject({ ...nodeShape, order: orderSchema.optional() })),
      edges: z.record(z.string(), z.strictObject({ ...edgeShape, order: orderSchema.optional() })),
      variables: z.record(z.string(), z.strictObject({ ...variableShape, order: orderSchema.optional() })),
      viewport: exactViewportSchema,
      entryNodeId: entityIdSchema.nullable(),
    }),
  )
  // No member is undefined: what is absent in JSON stays absent in the parsed value.
  .transform((document) => document as KeyedDocumentInput);

type WithoutNullish<T> = {
  [K in keyof T as null extends T[K] ? never : undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as null extends T[K] ? K : undefined extends T[K] ? K : never]?: NonNullable<T[K]>;
};

/** Copies an object without its members that are null or undefined: absent is the only way to say nothing. */
function dropNullish<T extends object>(members: T): WithoutNullish<T> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(members)) {
    if (value !== null && value !== undefined) kept[key] = value;
  }
  return kept as WithoutNullish<T>;
}

function coordinate() {
  return z.number().min(-LIMITS.coordinate).max(LIMITS.coordinate);
}

function isPrintable(text: string): boolean {
  return text.isWellFormed() && !CONTROL_CHARACTER.test(text);
}

function isJsonObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A zod check that reports what the store could not keep; params.code tells the reason. */
function refuseUnsafe(maxDepth: number) {
  return (context: { value: unknown; issues: z.core.$ZodRawIssue[] }): void => {
    const unsafe = findUnsafeJson(context.value, maxDepth);
    if (!unsafe) return;
    context.issues.push({
      code: "custom",
      input: context.value,
      path: toTokens(unsafe.path),
      message: unsafe.message,
      params: { code: unsafe.code },
    });
  };
}
