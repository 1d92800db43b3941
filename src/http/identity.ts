import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { capRole } from "../access/capRole.ts";
import { actorIdSchema, actorTypeSchema } from "../access/identitySchemas.ts";
import type { Credential, Principal } from "../access/principal.ts";
import type { Role } from "../access/role.ts";
import type { Actor } from "../scripts/storedCommand.ts";
import type { HttpDeps } from "./httpDeps.ts";
import { parseQuery } from "./parseQuery.ts";
import { problem, type Problem } from "./problems.ts";
import { readHeader } from "./requestHeaders.ts";
import type { Route } from "./route.ts";

/** The actor as a body may repeat it: it must be whom the token says. */
export const actorBodySchema = z.strictObject({
  id: actorIdSchema,
  type: actorTypeSchema.optional(),
  onBehalfOf: actorIdSchema.optional(),
});

type ActorBody = z.infer<typeof actorBodySchema>;

/** Who a development token is when its headers do not say. */
const DEVELOPMENT_ACTOR = { type: "USER", id: "dev-user" } as const;

/**
 * Finds out who asks, for which tenant and in which role, or why the request is not served. All of it comes from
 * the credential; headers and query may repeat it, and must agree. Only the placeholder of development is
 * whoever its headers say.
 */
export async function identify(
  deps: Pick<HttpDeps, "authenticate" | "redeemTicket">,
  route: Pick<Route, "takesTicket">,
  request: { readonly headers: IncomingHttpHeaders; readonly url: string },
): Promise<Principal | Problem> {
  const { headers } = request;
  const said = readSaid(headers);
  if (said.kind === "problem") return said;
  const ticket = route.takesTicket && headers.authorization === undefined && readTicket(request.url);
  if (ticket) return holdTicket(said, await deps.redeemTicket(ticket));
  const token = readBearer(headers.authorization);
  if (typeof token === "object") return token;
  const credential = await deps.authenticate(token);
  if (credential.kind === "invalid") return unauthorized(credential.reason);
  if (credential.kind === "unavailable")
    return problem("authorization_unavailable", credential.reason, { headers: { "retry-after": "5" } });
  return credential.kind === "development" ? takeAtWord(said, credential) : agree(said, credential);
}

/** What a request says of itself beside its credential. */
interface Said {
  readonly kind: "said";
  readonly tenantId: string | undefined;
  readonly actorId: string | undefined;
  readonly actorType: Actor["type"] | undefined;
  readonly onBehalfOf: string | undefined;
  readonly role: Role | undefined;
}

function readSaid(headers: IncomingHttpHeaders): Said | Problem {
  const tenantId = readHeader(headers, "x-tenant-id");
  const actorId = readHeader(headers, "x-actor-id");
  const actorType = readHeader(headers, "x-actor-type");
  const onBehalfOf = readHeader(headers, "x-on-behalf-of");
  const role = readHeader(headers, "x-role");
  for (const read of [tenantId, actorId, actorType, onBehalfOf, role])
    if (typeof read === "object") return read;
  // The schemas of the headers let the known types and roles through only.
  return { kind: "said", tenantId, actorId, actorType, onBehalfOf, role } as Said;
}

function readTicket(url: string): string | undefined {
  const at = url.indexOf("?");
  const query = parseQuery(at < 0 ? "" : url.slice(at + 1));
  return query.kind === "query" ? query.members["ticket"] : undefined;
}

/** RFC 6750, section 2.1. */
const BEARER = /^Bearer +([\w.~+/-]+=*)$/iu;

function readBearer(header: string | undefined): string | Problem {
  if (header === undefined)
    return problem("authorization_missing", "Send a token in the header Authorization: Bearer <token>.", {
      headers: { "www-authenticate": 'Bearer realm="scripts"' },
    });
  return BEARER.exec(header)?.[1] ?? unauthorized("It has another form than: Bearer <token>.");
}

function unauthorized(reason: string): Problem {
  return problem("authorization_invalid", `The Authorization header is not accepted. ${reason}`, {
    headers: { "www-authenticate": 'Bearer realm="scripts", error="invalid_token"' },
  });
}

function takeAtWord(said: Said, { tokenId }: Credential): Principal | Problem {
  if (said.tenantId === undefined)
    return problem("tenant_missing", "Say which tenant you mean: send the header x-tenant-id.");
  const type = said.actorType ?? DEVELOPMENT_ACTOR.type;
  const actor = withOnBehalfOf({ type, id: said.actorId ?? DEVELOPMENT_ACTOR.id }, said.onBehalfOf);
  return { tenantId: said.tenantId, actor, role: capRole(said.role ?? "operator", type), tokenId };
}

function agree(
  said: Said,
  { tenantId, actor, role, tokenId, expiresAt }: Extract<Credential, { kind: "credential" }>,
): Principal | Problem {
  const disagrees =
    checkTenant(said.tenantId, "The header x-tenant-id", tenantId) ??
    checkActor({ id: said.actorId, type: said.actorType }, "The headers name the actor", actor);
  if (disagrees) return disagrees;
  const named = withOnBehalfOf({ type: actor.type, id: actor.id }, said.onBehalfOf);
  return { tenantId, actor: named, role: capRole(role, actor.type), tokenId, expiresAt };
}

/** A ticket was made for whoever holds it: what is said beside it must agree as with a token. */
function holdTicket(said: Said, holder: Principal | undefined): Principal | Problem {
  if (!holder)
    return unauthorized("The ticket was used before, is too old, or was never made. Get a new one.");
  return agree(said, { ...holder, kind: "credential" });
}

/** Why a tenant that is named beside the credential's is not served; undefined: they agree. */
function checkTenant(named: string | undefined, where: string, tenantId: string): Problem | undefined {
  if (named === undefined || named === tenantId) return undefined;
  return problem("tenant_mismatch", `${where} says "${named}", but the request is of another tenant.`);
}

function checkActor(
  named: { readonly id?: string | undefined; readonly type?: Actor["type"] | undefined },
  where: string,
  actor: Pick<Actor, "type" | "id">,
): Problem | undefined {
  const agrees = (named.id ?? actor.id) === actor.id && (named.type ?? actor.type) === actor.type;
  if (agrees) return undefined;
  const { id, type } = { ...actor, ...dropUndefined(named) };
  return problem(
    "actor_mismatch",
    `${where} ${type} "${id}", but the token is that of ${actor.type} "${actor.id}". Leave the actor out.`,
  );
}

function dropUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Partial<T>;
}

function withOnBehalfOf(actor: Pick<Actor, "type" | "id">, onBehalfOf: string | undefined): Actor {
  return onBehalfOf === undefined ? actor : { ...actor, onBehalfOf };
}

/** Why a query or body that names a tenant is not served; undefined: it names the request's, or none. */
export function checkNamedTenant(
  parts: { readonly query: unknown; readonly body: unknown },
  tenantId: string,
): Problem | undefined {
  return (
    checkTenant(tenantIn(parts.query), "The query", tenantId) ??
    checkTenant(tenantIn(parts.body), "The body", tenantId)
  );
}

function tenantIn(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("tenantId" in value)) return undefined;
  return typeof value.tenantId === "string" ? value.tenantId : undefined;
}

/** The actor of a write: the request's. The body may repeat it, and may say on whose behalf it is. */
export function readActor(principal: Principal, fromBody: ActorBody | undefined): Actor | Problem {
  const { actor } = principal;
  if (!fromBody) return actor;
  const disagrees = checkActor(fromBody, "The body's actor is", actor);
  if (disagrees) return disagrees;
  const { onBehalfOf } = fromBody;
  if (onBehalfOf === undefined || actor.onBehalfOf === undefined || onBehalfOf === actor.onBehalfOf)
    return withOnBehalfOf(actor, actor.onBehalfOf ?? onBehalfOf);
  return problem(
    "actor_invalid",
    `The header x-on-behalf-of says "${actor.onBehalfOf}", the body's actor says "${onBehalfOf}". Send one, or the same in both.`,
  );
}

/** Why a role may not use an operation; undefined: it may. */
export function checkRole(route: Pick<Route, "allow" | "operationId">, role: Role): Problem | undefined {
  if (route.allow.includes(role)) return undefined;
  return problem(
    "role_insufficient",
    `The role ${role} may not use ${route.operationId}. These may: ${route.allow.join(", ")}.`,
    { details: { role, allowed: route.allow } },
  );
}
