import { z } from "zod";
import { anyJsonSchema, timestampSchema } from "./members.ts";

export const positionSchema = z.number().int().min(0).meta({ description: "Place in the event feed." });

/** An event as it goes over the wire. */
const eventSchema = z
  .object({
    event: z.string().meta({ description: "What happened, such as Scripts.CommandsAppended.v1." }),
    correlationId: z.string().meta({ description: "Ties it to the request that began it." }),
    success: z.boolean().meta({ description: "False when it tells of a failure." }),
    payload: anyJsonSchema,
    id: z.string(),
    position: positionSchema,
    tenantId: z.string(),
    scriptId: z.string().optional(),
    runId: z.string().optional(),
    causationId: z.string().optional().meta({ description: "The command or event that it follows from." }),
    occurredAt: timestampSchema,
  })
  .meta({ id: "Event" });

const idSchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, "An id has 1 to 200 visible ASCII characters and no spaces.");

/** Types of a query: whole ones and beginnings. */
const eventTypesSchema = z
  .string()
  .max(2_000)
  .regex(
    /^[A-Za-z0-9_.:-]+\*?(?:,[A-Za-z0-9_.:-]+\*?)*$/,
    "Send types with commas between them; a star at the end stands for any end: Runs.*,Scripts.VersionSealed.v1",
  )
  .transform((text) => text.split(","))
  .refine((types) => types.length <= 50, "At most 50 types.")
  .meta({
    type: "string",
    description: "Only events of these types, with commas between them; Runs.* stands for all that begin so.",
    examples: ["Runs.*,Scripts.VersionSealed.v1"],
  });

/** What an event must fit; all of it. */
export const eventFilterQuery = {
  correlationId: idSchema.optional().meta({ description: "Only events of this correlation id." }),
  scriptId: idSchema.optional().meta({ description: "Only events of this script." }),
  runId: idSchema.optional().meta({ description: "Only events of this run." }),
  types: eventTypesSchema.optional(),
};

/** A position in decimal digits, as queries carry it. */
export const positionText = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,14})$/, "A position is a whole number of at most 15 digits.")
  .transform(Number);

export const eventPageSchema = z
  .object({
    events: z.array(eventSchema),
    next: positionSchema.meta({
      description: "Everything up to here was looked at: after of the next page.",
    }),
    headPosition: positionSchema.meta({ description: "The last position of the feed." }),
  })
  .meta({ id: "EventPage" });

export const streamQuery = z.strictObject({
  ...eventFilterQuery,
  tenantId: z.string().max(64).optional().meta({ description: "Your tenant; it must be that of the token." }),
  lastEventId: z.string().max(1_000).optional().meta({
    description: "Position that you have seen last; the header Last-Event-ID counts before it.",
  }),
  ticket: z.string().max(200).optional().meta({
    description: "A ticket of POST /events/tickets, in place of the header Authorization.",
  }),
});

const resetSchema = z.object({
  reason: z.enum(["expired", "malformed", "ahead"]),
  lastEventId: z.string(),
  position: z.int().min(0).meta({ description: "The stream goes on after this position." }),
  firstPosition: z.int().min(1).meta({ description: "The first position that is still kept." }),
  message: z.string(),
});

const { $schema: _, ...resetJsonSchema } = z.toJSONSchema(resetSchema);

/** One event of the stream, as its lines are named. data is text, and says in the document of what. */
export const eventStreamItemSchema = z
  .object({
    id: z.string().meta({ description: "Its position; send it back as Last-Event-ID." }),
    event: z.literal("reset").optional().meta({ description: "Left out but for a reset." }),
    retry: z.number().int().optional().meta({ description: "How long to wait before coming back, in ms." }),
    data: z
      .string()
      .optional()
      .meta({
        description: "What happened; when event is reset, why the stream does not go on where you were.",
        contentMediaType: "application/json",
        contentSchema: { anyOf: [{ $ref: "#/components/schemas/Event" }, resetJsonSchema] },
      }),
  })
  .meta({ id: "EventStreamItem" });

export const ticketSchema = z
  .object({ ticket: z.string(), expiresAt: timestampSchema })
  .meta({ id: "EventTicket" });
