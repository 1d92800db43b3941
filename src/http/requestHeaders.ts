import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { problem, type Problem, type ProblemCode } from "./problems.ts";

const tenantIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, "A tenant id has 1 to 64 letters, digits, - and _.");

export const actorIdSchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, "An actor id has 1 to 200 visible ASCII characters and no spaces.");

export const actorTypeSchema = z.enum(["USER", "AI_AGENT", "SYSTEM"]);

interface RequestHeader {
  readonly schema: z.ZodType<string | undefined>;
  readonly description: string;
  readonly example: string;
  readonly required?: true;
  /** What a value that does not fit is answered with. */
  readonly problem: ProblemCode;
}

/** Every request header the service reads, by its name in lower case. */
export const REQUEST_HEADERS = {
  "x-tenant-id": {
    schema: tenantIdSchema,
    description: "The tenant whose scripts are read and written.",
    example: "acme",
    required: true,
    problem: "tenant_invalid",
  },
  "x-actor-id": {
    schema: actorIdSchema,
    description: "Who makes the edit. Needed on writes, here or as actor in the body.",
    example: "user_ada",
    problem: "actor_invalid",
  },
  "x-actor-type": {
    schema: actorTypeSchema,
    description: "What kind of actor x-actor-id is. Default: USER.",
    example: "USER",
    problem: "actor_invalid",
  },
  "x-on-behalf-of": {
    schema: actorIdSchema,
    description: "For whom the actor acts, such as the person who asked an AI agent.",
    example: "user_ada",
    problem: "actor_invalid",
  },
  "correlation-id": {
    schema: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,128}$/, "A correlation id has 1 to 128 letters, digits and . _ : -"),
    description: "Ties together what belongs to one user action. Made when missing; always returned.",
    example: "call-7f3a",
    problem: "correlation_id_invalid",
  },
  "if-match": {
    schema: z
      .string()
      .regex(
        /^(?:"(?:0|[1-9][0-9]{0,9})"|\*)$/,
        'If-Match is a sequence in double quotes, such as "12", as an ETag of this script said.',
      ),
    description:
      'The sequence the caller has seen, such as "12": the write is refused with 412 when the script has moved on.',
    example: '"12"',
    problem: "invalid_header",
  },
  "if-none-match": {
    schema: z.string().max(1_000),
    description:
      'Sequences the caller has, such as "12": the answer is 304 when the document is still that one.',
    example: '"12"',
    problem: "invalid_header",
  },
  prefer: {
    schema: z.string().max(1_000),
    description:
      "wait=N: how many seconds (0 to 60) to wait for the materialized version before answering 202. Default: 5.",
    example: "wait=10",
    problem: "invalid_header",
  },
} as const satisfies Record<string, RequestHeader>;

export type RequestHeaderName = keyof typeof REQUEST_HEADERS;

/** The value of a header, undefined when it is missing, or why it cannot be used. */
export function readHeader(
  headers: IncomingHttpHeaders,
  name: RequestHeaderName,
): string | undefined | Problem {
  const value = headers[name];
  if (value === undefined) return undefined;
  const header = REQUEST_HEADERS[name];
  const parsed = header.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = parsed.error.issues[0]?.message ?? "It is not valid.";
  return problem(header.problem, `The header ${name} is not valid. ${message}`, {
    details: { fields: [{ path: `/${name}`, message, code: "invalid_format" }] },
  });
}
