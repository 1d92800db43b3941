import { z } from "zod";

/**
 * The same schema with optional() in place of every exactOptional(). For JSON they mean the same, but the
 * OpenAPI generator finds out what is optional by trying undefined, and would call the exact ones required.
 *
 * Knows the kinds of schema that hold others and that bodies are made of; everything else is left as it is.
 */
export function plainOptionals(schema: z.ZodType): z.ZodType {
  const known = rewritten.get(schema);
  if (known) return known;
  const plain = keepMeta(schema, rewrite(schema));
  rewritten.set(schema, plain);
  return plain;
}

const rewritten = new WeakMap<z.ZodType, z.ZodType>();

function rewrite(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodExactOptional) return z.optional(inner(schema));
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries<z.ZodType>(schema.def.shape);
    return schema.clone({
      ...schema.def,
      shape: Object.fromEntries(shape.map(([name, member]) => [name, plainOptionals(member)])),
    });
  }
  if (schema instanceof z.ZodArray)
    return schema.clone({ ...schema.def, element: plainOptionals(schema.def.element as z.ZodType) });
  if (schema instanceof z.ZodUnion)
    return schema.clone({ ...schema.def, options: (schema.def.options as z.ZodType[]).map(plainOptionals) });
  if (schema instanceof z.ZodRecord)
    return schema.clone({ ...schema.def, valueType: plainOptionals(schema.def.valueType as z.ZodType) });
  if (schema instanceof z.ZodPipe)
    return schema.clone({ ...schema.def, in: plainOptionals(schema.def.in as z.ZodType) });
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return schema.clone({ ...schema.def, innerType: inner(schema) } as never);
  return schema;
}

function inner(schema: z.ZodType): z.ZodType {
  return plainOptionals((schema.def as unknown as { readonly innerType: z.ZodType }).innerType);
}

function keepMeta(schema: z.ZodType, plain: z.ZodType): z.ZodType {
  const meta = schema.meta();
  return plain === schema || meta === undefined ? plain : plain.meta(meta);
}
