import { z } from "zod";

const checkSchema = z.enum(["ok", "starting", "failed", "unknown"]);

/** How each thing is that requests rest on. */
export const readinessChecksSchema = z
  .object({
    database: checkSchema,
    worker: checkSchema.meta({ description: "Whether some process makes versions." }),
    stamper: checkSchema.meta({ description: "Whether events get their place in the feed, in time." }),
  })
  .meta({ id: "ReadinessChecks" });
