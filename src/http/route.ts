import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { z } from "zod";
import type { Principal } from "../access/principal.ts";
import type { Role } from "../access/role.ts";
import { EDITORS, READERS, WRITERS } from "../commands/role.ts";
import type { UnsafeJson } from "../kernel/findUnsafeJson.ts";
import type { Actor } from "../scripts/storedCommand.ts";
import type { RouteDeps } from "./httpDeps.ts";
import type { actorBodySchema } from "./identity.ts";
import type { LegacyContract } from "./legacyContract.ts";
import type { Precondition } from "./preconditions.ts";
import type { Problem, ProblemCode } from "./problems.ts";
import type { RequestHeaderName } from "./requestHeaders.ts";
import type { ResponseHeaderName } from "./responseHeaders.ts";

/**
 * One operation of the API: all that the router, the OpenAPI document and the tests need to know of it. They
 * all read the same list (routes.ts), so none of them can say something else.
 */
export interface Route {
  readonly method: "get" | "post" | "patch";
  /** In the form of OpenAPI: /scripts/{scriptId}. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly tag: RouteTag;
  readonly summary: string;
  readonly description?: string;
  /** Whether a credential must be given, and whether the body has the members of an edit. */
  readonly scope: "public" | "read" | "write";
  /**
   * Roles that may use it. Default: everybody may read, and who may edit may send edits: which commands they
   * may submit is decided where commands are submitted.
   */
  readonly allow: readonly Role[];
  /** May be authorized by a one-time ticket in the query (?ticket=), for clients that cannot send headers. */
  readonly takesTicket?: true;
  /** Set: it is deprecated, and every answer says so. */
  readonly legacy?: LegacyContract;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: RouteBody | undefined;
  readonly headers: readonly RequestHeaderName[];
  /** Refused without an Idempotency-Key. With one, every operation is served once that lists the header. */
  readonly needsIdempotencyKey?: true;
  readonly responses: Responses;
  /** Every problem the operation may answer with. */
  readonly problems: readonly ProblemCode[];
  /** How a body with a member that cannot be stored is answered, when not as an invalid body. */
  readonly refuseUnsafe?: (unsafe: UnsafeJson) => Problem | undefined;
  readonly handle: (deps: RouteDeps, request: AnyRequest) => Promise<Answer | Problem>;
}

export type RouteTag =
  "Scripts" | "Log" | "Versions" | "Audit" | "Service" | "Runs" | "Commands" | "Events" | "Guidance (legacy)";

export interface RouteBody {
  readonly schema: z.ZodType;
  /** What the document shows, when it says more than the first check of the body does. */
  readonly documented?: z.ZodType;
  readonly example: unknown;
}

export type Responses = { readonly [status: number]: ResponseSpec };

export interface ResponseSpec {
  readonly description: string;
  /** Left out: there is no body. */
  readonly schema?: z.ZodType;
  /** Of a stream, in place of schema: one of the items that come one after the other. */
  readonly itemSchema?: z.ZodType;
  /** Default: application/json. */
  readonly contentType?: string;
  /** Headers that the answer always carries, beside Correlation-Id. */
  readonly headers?: readonly ResponseHeaderName[];
  readonly example?: unknown;
}

export interface Answer {
  readonly kind: "answer";
  readonly status: number;
  readonly body?: unknown;
  /** Writes the body bit by bit, after the head, and ends the response; resolves when that is done. */
  readonly stream?: (response: ServerResponse) => Promise<void>;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

interface AnyRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly correlationId: string;
  readonly principal: Principal;
  readonly tenantId: string;
  /** The principal's actor; a write's body may have said on whose behalf. */
  readonly actor: Actor;
  readonly precondition: Precondition;
  /** Names the effect of a write: the same for repeats of one request under one Idempotency-Key. */
  readonly effectId: string;
  /** Whether an Idempotency-Key was sent, so that this request may be a repeat. */
  readonly idempotent: boolean;
  /** Where the request stands in its trace (W3C Trace Context); undefined when the caller said nothing valid. */
  readonly traceparent: string | undefined;
  /** A signal that is aborted when the client hangs up. Made on demand: few requests wait for anything. */
  readonly hangUp: () => AbortSignal;
}

/** A request that has passed its route's schemas. */
export interface RouteRequest<Params, Query, Body> extends AnyRequest {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** A request that edits a script: its body has the members that every write has. */
export interface WriteRequest<
  Params = unknown,
  Body extends WriteMembers = WriteMembers,
> extends RouteRequest<Params, unknown, Body> {}

/** A request that changes something else than a script. */
export interface EffectRequest<Params = unknown, Body = unknown> extends RouteRequest<
  Params,
  undefined,
  Body
> {}

/** What every write's body may say beside its own members. */
export interface WriteMembers {
  readonly commandId?: string | undefined;
  readonly note?: string | undefined;
  readonly actor?: z.infer<typeof actorBodySchema> | undefined;
  readonly expectedSequence?: number | undefined;
}

type Out<T> = T extends z.ZodType ? z.output<T> : undefined;

/** An answer whose status is declared and whose body has that status' shape. */
type AnswerOf<R extends Responses> = {
  [S in keyof R & number]: Answer & {
    readonly status: S;
    readonly body?: R[S]["schema"] extends z.ZodType ? ReadonlyDeep<z.input<R[S]["schema"]>> : undefined;
  };
}[keyof R & number];

type ReadonlyDeep<T> = T extends readonly (infer E)[]
  ? readonly ReadonlyDeep<E>[]
  : T extends object
    ? { readonly [K in keyof T]: ReadonlyDeep<T[K]> }
    : T;

type Declaration<P, Q, B, R extends Responses> = Omit<
  Route,
  "scope" | "allow" | "params" | "query" | "body" | "responses" | "handle"
> & {
  readonly allow?: readonly Role[];
  readonly params?: P;
  readonly query?: Q;
  readonly body?: { readonly schema: B } & Omit<RouteBody, "schema">;
  readonly responses: R;
};

/** Declares an operation that reads; public ones need no tenant. */
export function readRoute<
  R extends Responses,
  P extends z.ZodObject | undefined = undefined,
  Q extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  declaration: Declaration<P, Q, B, R> & {
    readonly scope?: "public";
    handle(deps: RouteDeps, request: RouteRequest<Out<P>, Out<Q>, Out<B>>): Promise<AnswerOf<R> | Problem>;
  },
): Route {
  return complete(declaration, declaration.scope ?? "read");
}

/** Declares an operation that edits a script. */
export function writeRoute<
  R extends Responses,
  B extends z.ZodType<WriteMembers>,
  P extends z.ZodObject | undefined = undefined,
>(
  declaration: Declaration<P, undefined, B, R> & {
    handle(deps: RouteDeps, request: WriteRequest<Out<P>, Out<B>>): Promise<AnswerOf<R> | Problem>;
  },
): Route {
  return complete(declaration, "write");
}

/** Declares an operation that changes something else than a script, such as a run. Default: who may seal may do it. */
export function effectRoute<
  R extends Responses,
  P extends z.ZodObject | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  declaration: Declaration<P, undefined, B, R> & {
    handle(deps: RouteDeps, request: EffectRequest<Out<P>, Out<B>>): Promise<AnswerOf<R> | Problem>;
  },
): Route {
  // There is no sequence to expect and no actor in the body: it is read as a request that reads is.
  return complete({ allow: EDITORS, ...declaration }, "read");
}

// The schemas are applied before the handler is called, so that what the handler is given has the type it asks for.
function complete(declaration: object, scope: Route["scope"]): Route {
  const absent = { params: undefined, query: undefined, body: undefined };
  const allow = scope === "write" ? WRITERS : READERS;
  return { ...absent, allow, ...(declaration as Partial<Route>), scope } as Route;
}

/** The answer's value; its type is checked where a handler returns it. */
export function answer<S extends number, T>(
  status: S,
  body: T,
  headers?: Readonly<Record<string, string>>,
): {
  readonly kind: "answer";
  readonly status: S;
  readonly body: T;
  readonly headers?: Readonly<Record<string, string>>;
} {
  return headers === undefined ? { kind: "answer", status, body } : { kind: "answer", status, body, headers };
}
