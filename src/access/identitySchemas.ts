import { z } from "zod";

/*
 * What tenants and actors are called, wherever a name comes from: a header, a body, a claim or a command line. No
 * name has a space or a comma, so that names can be joined and stay apart.
 */

export const tenantIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "A tenant id has 1 to 64 letters, digits, - and _.");

export const actorIdSchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, "An actor id has 1 to 200 visible ASCII characters and no spaces.");

/** A backfill acts as a process of its own, and has no credential. */
export const actorTypeSchema = z.enum(["USER", "AI_AGENT", "SYSTEM"]);
