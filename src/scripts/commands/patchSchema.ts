import { z } from "zod";
import type { Json } from "../../kernel/canonicalJson.ts";
import { toTokens } from "../pointer.ts";

const ROOTS = ["nodes", "edges", "variables", "viewport", "entryNodeId"];

const pointerSchema = z
  .string()
  .max(2_000, "A pointer has at most 2,000 characters.")
  .regex(
    /^(\/([^~/]|~[01])*)+$/,
    'A pointer is like "/nodes/n_1/data/title"; / and ~ in an id are written ~1 and ~0.',
  )
  .refine(
    (pointer) => ROOTS.includes(toTokens(pointer)[0] ?? ""),
    `A pointer starts with /${ROOTS.join(", /")}.`,
  )
  .refine((pointer) => !toTokens(pointer).includes("__proto__"), 'The name "__proto__" is not allowed.')
  .meta({ description: "RFC 6901 pointer into the id-keyed document.", examples: ["/nodes/n_1/data/title"] });

const valueSchema = z
  .custom<Json>((value) => value !== undefined, "A value is required; null is one.")
  .meta({
    type: ["string", "number", "boolean", "object", "array", "null"],
  });

/** An RFC 6902 patch on the id-keyed document. */
export const patchSchema = z
  .array(
    z.discriminatedUnion("op", [
      z.strictObject({ op: z.literal("add"), path: pointerSchema, value: valueSchema }),
      z.strictObject({ op: z.literal("replace"), path: pointerSchema, value: valueSchema }),
      z.strictObject({ op: z.literal("test"), path: pointerSchema, value: valueSchema }),
      z.strictObject({ op: z.literal("remove"), path: pointerSchema }),
      z.strictObject({ op: z.literal("move"), from: pointerSchema, path: pointerSchema }),
      z.strictObject({ op: z.literal("copy"), from: pointerSchema, path: pointerSchema }),
    ]),
  )
  .min(1, "A patch has at least one operation.")
  .max(1_000, "A patch has at most 1,000 operations.");

export type ClientPatch = z.infer<typeof patchSchema>;
export type ClientOperation = ClientPatch[number];
