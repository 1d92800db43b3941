import type { IncomingHttpHeaders } from "node:http";
import { hashJson } from "../../kernel/sha256.ts";
import type { Actor } from "../../scripts/storedCommand.ts";
import { problem, type Problem } from "../problems.ts";
import { readHeader } from "../requestHeaders.ts";
import type { Route } from "../route.ts";

/** A key belongs to one caller and one operation: the same key elsewhere is another one. */
export interface KeyName {
  readonly tenantId: string;
  readonly principal: string;
  readonly route: string;
  readonly key: string;
}

/** A request that may be sent again under its key. */
export interface KeyedRequest {
  readonly name: KeyName;
  /** SHA-256 over what the request asks for, 64 hex digits. */
  readonly fingerprint: string;
  /** The path it was sent to, without the query. */
  readonly path: string;
}

/** The key of a request, undefined when there is none and none is needed, or why it cannot be served. */
export function readIdempotencyKey(route: Route, headers: IncomingHttpHeaders): string | undefined | Problem {
  if (!route.headers.includes("idempotency-key")) return undefined;
  const given = readHeader(headers, "idempotency-key");
  if (given === undefined && route.needsIdempotencyKey)
    return problem(
      "idempotency_key_missing",
      "Send the header Idempotency-Key with a new random value, and the same value again when you repeat this request.",
    );
  if (typeof given !== "string") return given;
  // A string of RFC 9651 in its quotes, as the draft asks for, or bare, as most clients send it.
  return given.startsWith('"') ? given.slice(1, -1) : given;
}

export interface KeyedParts {
  readonly key: string;
  readonly tenantId: string;
  readonly actor: Actor;
  readonly url: string;
  readonly params: unknown;
  /** As the caller sent it: what a schema makes of it may change with the code. */
  readonly body: unknown;
  readonly expectedSequence: number | undefined;
}

/** Names a request by its caller, operation and key, and says what it asks for. */
export function toKeyedRequest(route: Pick<Route, "method" | "path">, parts: KeyedParts): KeyedRequest {
  const { tenantId, actor, key, params, body, expectedSequence } = parts;
  const operation = `${route.method.toUpperCase()} ${route.path}`;
  return {
    name: { tenantId, principal: principalOf(actor), route: operation, key },
    fingerprint: hashJson({ operation, params, body, expectedSequence }),
    path: parts.url.split("?", 1)[0]!,
  };
}

// The actor and not its token: one that was renewed between two tries is the same caller. Ids have no spaces.
function principalOf({ type, id, onBehalfOf }: Actor): string {
  return onBehalfOf === undefined ? `${type} ${id}` : `${type} ${id} ${onBehalfOf}`;
}
