import { z } from "zod";
import { orNull } from "./members.ts";
import { writeReceiptSchema } from "./receipt.ts";
import { materializeFailureSchema } from "./script.ts";

/** A write that is in the log for good, whose version is still being made. */
export const pendingSchema = z
  .object({
    scriptId: z.string(),
    version: z
      .number()
      .int()
      .nullable()
      .meta({ description: "The version that the write makes or changes." }),
    location: z.string().meta({ description: "Where to look for it." }),
    materializeFailure: orNull(materializeFailureSchema).meta({
      description: "What holds the script up; null: it only takes longer.",
    }),
    write: writeReceiptSchema,
  })
  .meta({ id: "PendingWrite" });
