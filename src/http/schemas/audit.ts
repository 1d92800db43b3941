import { z } from "zod";
import { patchOperationSchema } from "./command.ts";
import { nextCursorSchema, sequenceSchema, timestampSchema } from "./members.ts";

const auditEntrySchema = z
  .object({
    id: z.string(),
    version: z.number().int().meta({ description: "The version that the edit is part of." }),
    batchId: z.string(),
    action: z.enum(["CREATE", "UPDATE", "PUBLISH", "ARCHIVE", "ROLLBACK"]),
    actor: z.object({
      type: z.enum(["USER", "AI_AGENT", "SYSTEM", "BACKFILL"]),
      id: z.string(),
      onBehalfOf: z.string().optional(),
    }),
    diffJson: z.array(patchOperationSchema).nullable(),
    note: z.string().nullable(),
    correlationId: z.string(),
    fromSequence: sequenceSchema,
    toSequence: sequenceSchema,
    createdAt: timestampSchema,
  })
  .meta({ id: "AuditEntry" });

export const auditPageSchema = z
  .object({ entries: z.array(auditEntrySchema), nextCursor: nextCursorSchema })
  .meta({ id: "AuditPage" });
