import { z } from "zod";

/** POST /scripts/validate checks a graph: a script of that name could not be reached. */
const RESERVED = new Set(["validate"]);

/** The id of a script, whoever chooses it. */
export const scriptIdSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/,
    "A script id has 1 to 64 letters, digits, _, - and dots, and starts with no dot or -.",
  )
  .refine((id) => !RESERVED.has(id), 'The id "validate" is reserved. Choose another one.')
  .meta({ description: "Id of the script.", examples: ["scr_renewal"] });
