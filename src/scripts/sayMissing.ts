import type { z } from "zod";

/**
 * For safeParse: says of a member that is not there that it is missing. Zod itself says that something else was
 * expected. A message of the schema's own goes before.
 */
export const sayMissing: z.core.ParseContext<z.core.$ZodIssue> = {
  error: ({ input }) => (input === undefined ? "It is missing." : undefined),
};
