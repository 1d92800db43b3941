import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { actorIdSchema, actorTypeSchema, tenantIdSchema } from "../access/identitySchemas.ts";
import { ROLES } from "../access/role.ts";
import { INT4_MAX } from "../kernel/int4.ts";
import { problem, type Problem, type ProblemCode } from "./problems.ts";

interface RequestHeader {
  readonly schema: z.ZodType<string | undefined>;
  readonly description: string;
  readonly example: string;
  /** What a value that does not fit is answered with. */
  readonly problem: ProblemCode;
}

/** Every request header the service reads, by its name in lower case. */
export const REQUEST_HEADERS = {
  "x-tenant-id": {
    schema: tenantIdSchema,
    description:
      "The tenant whose scripts are read and written. May be left out: it is that of the token, and another one is refused. The placeholder token of development needs it.",
    example: "acme",
    problem: "tenant_invalid",
  },
  "x-actor-id": {
    schema: actorIdSchema,
    description:
      "Who asks. May be left out: it is whom the token says, and another one is refused. With the placeholder token of development it is taken at its word; default: dev-user.",
    example: "user_ada",
    problem: "actor_invalid",
  },
  "x-actor-type": {
    schema: actorTypeSchema,
    description:
      "What kind of actor it is; must be what the token says. With the placeholder token of development: default USER.",
    example: "USER",
    problem: "actor_invalid",
  },
  "x-on-behalf-of": {
    schema: actorIdSchema,
    description: "For whom the actor acts, such as the person who asked an AI agent.",
    example: "user_ada",
    problem: "actor_invalid",
  },
  "x-role": {
    schema: z.enum(ROLES),
    description:
      "With the placeholder token of development: the role to act in, operator when left out. With any other token the role is the token's, and this is not looked at.",
    example: "editor",
    problem: "invalid_header",
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
      )
      .refine(
        (tag) => tag === "*" || Number(tag.slice(1, -1)) <= INT4_MAX,
        `If-Match is a sequence of at most ${INT4_MAX}.`,
      ),
    description:
      'The sequence the caller has seen, such as "12": the write is refused with 412 when the script has moved on.',
    example: '"12"',
    problem: "invalid_header",
  },
  "if-none-match": {
    // Any text: what is no ETag of ours matches nothing.
    schema: z.string(),
    description:
      'Sequences the caller has, such as "12": the answer is 304 when the document is still that one.',
    example: '"12"',
    problem: "invalid_header",
  },
  traceparent: {
    // Whatever does not fit is as if it had not been sent.
    schema: z.string(),
    description:
      "W3C Trace Context: the trace that this request is a step of. It is logged, and carried on to what the request sets off.",
    example: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    problem: "invalid_header",
  },
  "idempotency-key": {
    schema: z
      .string()
      .regex(
        /^(?:"[!#-+\x2d-\x5b\x5d-~]{1,255}"|[!#-+\x2d-\x5b\x5d-~]{1,255})$/,
        "An idempotency key has 1 to 255 visible ASCII characters, bare or in double quotes, without spaces, commas, quotes and backslashes.",
      ),
    description:
      "A value of your choice, new for each request and the same when you repeat one: the request then has one effect, and within 24 hours its answer is given again.",
    example: "7f0c9b1e-6f0d-4a55-9b5c-2f7d1c1f4a10",
    problem: "invalid_header",
  },
  "last-event-id": {
    // Any text: what is no position is answered within the stream, as EventSource cannot see a status.
    schema: z.string(),
    description: "Id of the event that you have had last: the stream goes on after it.",
    example: "4711",
    problem: "invalid_header",
  },
  prefer: {
    // Any text: a preference that is not understood is passed over.
    schema: z.string(),
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
