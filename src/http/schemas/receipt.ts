import { z } from "zod";
import { sequenceSchema } from "./members.ts";

export const findingSchema = z
  .object({
    severity: z.enum(["error", "warning"]),
    code: z.string(),
    message: z.string(),
    path: z.string().meta({ description: "Pointer into the id-keyed document: /nodes/n_1, /entryNodeId." }),
  })
  .meta({
    id: "Finding",
    description: "Something an author should look at. Errors stand in the way of publishing.",
  });

export const writtenCommandSchema = z
  .object({
    commandId: z.string(),
    command: z.string().meta({ examples: ["Scripts.AddNode.v1"] }),
    sequence: sequenceSchema,
  })
  .meta({ id: "WrittenCommand" });

/** What a write did to the log, inside the answers that show the resource itself. */
export const writeReceiptSchema = z
  .object({
    batchId: z.string(),
    commands: z.array(writtenCommandSchema),
    headSequence: sequenceSchema.meta({ description: "Head of the script right after this write." }),
    findings: z.array(findingSchema).meta({ description: "Of the whole graph after this write." }),
    alreadyApplied: z
      .boolean()
      .meta({ description: "The commandIds were in the log already; nothing was written." }),
  })
  .meta({ id: "WriteReceipt" });
