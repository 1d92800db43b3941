import { z } from "zod";
import { tenantIdSchema } from "../../access/identitySchemas.ts";
import { findUnsafeJson } from "../../kernel/findUnsafeJson.ts";
import { INT4_MAX } from "../../kernel/int4.ts";
import { scriptIdSchema } from "../../scripts/scriptIdSchema.ts";
import { actorBodySchema } from "../identity.ts";

/** A whole number written in decimal digits, as paths and queries carry it. */
export function integerText(minimum: number, maximum: number = INT4_MAX) {
  const message = `Send a whole number from ${minimum} to ${maximum}.`;
  return z
    .string()
    .regex(/^(?:0|[1-9][0-9]{0,9})$/, message)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, message)
    .meta({ type: "integer", minimum, maximum });
}

/** Text of a query: no character that the database cannot hold. */
export function searchText(maxLength: number) {
  return z
    .string()
    .min(1, "Send some text, or leave it out.")
    .max(maxLength, `At most ${maxLength} characters.`)
    .refine(
      (text) => findUnsafeJson(text, 0) === undefined,
      "The text must not contain the character U+0000.",
    );
}

export const scriptParams = z.object({ scriptId: scriptIdSchema });

export const versionNumber = integerText(1).meta({ description: "Number of the version.", examples: [3] });

export const versionParams = scriptParams.extend({ version: versionNumber });

/**
 * The caller's name for a command. Shorter than what the log holds (200), because a write of several commands
 * derives the others' from it.
 */
export const commandIdSchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,128}$/, "A command id has 1 to 128 visible ASCII characters and no spaces.")
  .meta({ description: "Your name for this edit: sending it again is harmless. Made when missing." });

const noteSchema = z
  .string()
  .max(2_000, "A note has at most 2000 characters.")
  .meta({ description: "Why this edit is made; kept in the log and the audit trail." });

const expectedSequenceSchema = z.number().int().min(0).max(INT4_MAX).meta({
  description: "The head you have seen. When the script has moved on, the edit is not applied (409).",
});

/** What every write's body may say beside its own members. */
export const writeMembers = {
  commandId: commandIdSchema.optional(),
  note: noteSchema.optional(),
  actor: actorBodySchema.optional(),
  expectedSequence: expectedSequenceSchema.optional(),
};

/** The tenant, where a query or body may name it beside the header and the token; they must agree. */
export const namedTenant = tenantIdSchema
  .optional()
  .meta({ description: "The tenant of the request; another one is refused." });

export const cursorSchema = z
  .string()
  .min(1)
  .max(500)
  .meta({ description: "nextCursor of the page before. Opaque; leave it out for the first page." });

/** How many entries a page has at most. */
export function pageLimit(fallback: number, maximum: number) {
  return integerText(1, maximum)
    .default(fallback)
    .meta({ type: "integer", minimum: 1, maximum, default: fallback, description: "Entries on a page." });
}

/** A time of a query, in UTC or with its offset. Years that the database or a Date does not take are refused. */
export const queryTime = z.iso
  .datetime({ offset: true, error: "Send a time such as 2026-01-31T09:00:00Z." })
  .transform((text) => new Date(text))
  .refine((time) => time.getTime() >= 0 && time.getUTCFullYear() <= 9999, "Send a time from 1970 to 9999.")
  .meta({ type: "string", format: "date-time" });

export const draftFlag = z.enum(["true", "false"]).default("false");

export const nextCursorSchema = z.string().nullable().meta({ description: "null: this was the last page." });

export const timestampSchema = z.iso.datetime({ precision: 3 });

export const sequenceSchema = z.number().int().min(0).meta({ description: "Place in the script's log." });

/** Any JSON value, handed on as it is. */
export const anyJsonSchema = z
  .unknown()
  .refine((value) => value !== undefined, "A JSON value is required.")
  .meta({ description: "Any JSON value." });

/** A schema or null. Not nullable(): of a named schema the OpenAPI generator makes one that refuses null. */
export function orNull<T extends z.ZodType>(schema: T) {
  return z.union([schema, z.null()]);
}
