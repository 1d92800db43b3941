import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { Actor } from "../scripts/storedCommand.ts";
import { problem, type Problem } from "./problems.ts";
import { actorIdSchema, actorTypeSchema, readHeader } from "./requestHeaders.ts";

/**
 * Who asks, and for which tenant. Both are taken at their word here, from headers or the body; whatever proves
 * them later (a signed header, a token) replaces this file and nothing else.
 */
export const actorBodySchema = z.strictObject({
  id: actorIdSchema,
  type: actorTypeSchema.default("USER"),
  onBehalfOf: actorIdSchema.optional(),
});

type ActorBody = z.infer<typeof actorBodySchema>;

/** The tenant of a request, or why there is none. */
export function readTenant(headers: IncomingHttpHeaders): string | Problem {
  const tenantId = readHeader(headers, "x-tenant-id");
  if (tenantId !== undefined) return tenantId;
  return problem("tenant_missing", "Say which tenant you mean: send the header x-tenant-id.");
}

/** The actor of a write, from the headers or from the body's actor; when both speak they must agree. */
export function readActor(headers: IncomingHttpHeaders, fromBody: ActorBody | undefined): Actor | Problem {
  const id = readHeader(headers, "x-actor-id");
  const type = readHeader(headers, "x-actor-type");
  const onBehalfOf = readHeader(headers, "x-on-behalf-of");
  if (typeof id === "object") return id;
  if (typeof type === "object") return type;
  if (typeof onBehalfOf === "object") return onBehalfOf;
  if (id === undefined && fromBody === undefined)
    return problem(
      "actor_missing",
      "Say who makes this edit: send the header x-actor-id, or actor { id, type } in the body.",
    );
  if (id !== undefined && fromBody !== undefined && id !== fromBody.id)
    return problem(
      "actor_invalid",
      `The header x-actor-id says "${id}", the body's actor says "${fromBody.id}". Send one, or the same in both.`,
    );
  return toActor({
    id: id ?? fromBody!.id,
    // The schema of the header lets the known types through only.
    type: (type as Actor["type"] | undefined) ?? fromBody?.type ?? "USER",
    onBehalfOf: onBehalfOf ?? fromBody?.onBehalfOf,
  });
}

function toActor(parts: { id: string; type: Actor["type"]; onBehalfOf: string | undefined }): Actor {
  const { id, type, onBehalfOf } = parts;
  return onBehalfOf === undefined ? { id, type } : { id, type, onBehalfOf };
}
