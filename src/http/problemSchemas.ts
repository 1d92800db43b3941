import { z } from "zod";
import { ROLES } from "../access/role.ts";
import { PROBLEMS, type ProblemCode } from "./problems.ts";
import { missedCommandSchema, refusalSchema } from "./schemas/command.ts";
import { positionSchema } from "./schemas/event.ts";
import { sequenceSchema } from "./schemas/members.ts";
import { readinessChecksSchema } from "./schemas/readiness.ts";
import { runRefusalSchema } from "./schemas/run.ts";

const fieldsSchema = z.object({
  fields: z.array(
    z
      .object({
        path: z.string().meta({ description: "Pointer into the body; /name in a path, query or header." }),
        message: z.string(),
        code: z.string(),
      })
      .meta({ id: "FieldProblem" }),
  ),
});

const conflictSchema = z
  .object({
    head: sequenceSchema,
    expectedSequence: sequenceSchema,
    missed: z.array(missedCommandSchema).meta({ description: "The first 500 commands you have not seen." }),
    touched: z.array(z.string()).meta({ description: "Ids that all missed commands touched." }),
    overlap: z
      .array(z.string())
      .meta({ description: "Ids that both sides touched; only when a rebase was asked for." }),
    refusals: z
      .array(refusalSchema)
      .meta({ description: "Why the batch is no longer possible; only when a rebase was asked for." }),
  })
  .meta({ id: "ConflictDetails" });

const roleSchema = z.object({
  command: z.string().optional().meta({ description: "The command that was refused, when one was." }),
  index: z.number().int().optional().meta({ description: "Its place in the batch, from 0." }),
  role: z.enum(ROLES).meta({ description: "The role that counted." }),
  allowed: z.array(z.enum(ROLES)).meta({ description: "Roles that may." }),
});

const correlationSchema = z.object({ correlationId: z.string() });

/** What the details of a problem hold, for those that have any. */
const DETAILS: { readonly [code in ProblemCode]?: z.ZodType } = {
  tenant_invalid: fieldsSchema,
  actor_invalid: fieldsSchema.optional(),
  role_insufficient: roleSchema,
  correlation_id_invalid: fieldsSchema,
  invalid_header: fieldsSchema.optional(),
  invalid_path: fieldsSchema,
  invalid_query: fieldsSchema,
  invalid_body: fieldsSchema,
  sequence_not_found: z.object({ head: sequenceSchema }),
  script_exists: z.object({ head: sequenceSchema }),
  slug_taken: z.object({ slug: z.string() }),
  command_id_reused: z.object({ index: z.number().int(), commandId: z.string(), sequence: sequenceSchema }),
  sequence_conflict: conflictSchema,
  precondition_failed: conflictSchema,
  cursor_expired: z.object({ expiredPosition: positionSchema, headPosition: positionSchema }),
  too_many_streams: z.object({ of: z.enum(["tenant", "token"]), limit: z.number().int() }),
  body_too_large: z.object({ limitBytes: z.number().int() }),
  command_refused: z.object({ head: sequenceSchema.optional(), refusals: z.array(refusalSchema) }),
  run_refused: z.object({ refusals: z.array(runRefusalSchema) }),
  method_not_allowed: z.object({ allow: z.array(z.string()) }),
  correlation_id_reused: correlationSchema,
  command_not_failed: z.object({ status: z.enum(["PENDING", "PROCESSING", "COMPLETED", "FAILED"]) }),
  not_ready: z.object({ checks: readinessChecksSchema }),
  internal_error: correlationSchema,
  database_unavailable: correlationSchema,
};

const codes = Object.keys(PROBLEMS) as ProblemCode[];

/** The shape of a problem answer, by code. */
export const PROBLEM_SCHEMAS: ReadonlyMap<ProblemCode, z.ZodObject> = new Map(
  codes.map((code) => [code, problemSchema(code)]),
);

function problemSchema(code: ProblemCode): z.ZodObject {
  const { status, title } = PROBLEMS[code];
  const details = DETAILS[code];
  return z
    .object({
      code: z.literal(code),
      message: z.string().meta({ description: "What is wrong and the way out, for a person." }),
      ...(details ? { details } : {}),
      type: z.string(),
      title: z.literal(title),
      status: z.literal(status),
      instance: z.string(),
    })
    .meta({ id: `Problem.${code}`, title });
}
