import type { RouteTag } from "../route.ts";

/** Version of the API: raised when an operation changes its shape. */
export const API_VERSION = "0.1.0";

export const API_DESCRIPTION = `Keeps guided conversation scripts. Every edit is a command in a script's append-only log; the document at any point of the log can be read, and versions are made from it.

**Tenant and actor.** Every request names its tenant in \`x-tenant-id\`; another tenant's script is 404. Every write names its actor, in \`x-actor-id\` (and \`x-actor-type\`) or as \`actor\` in the body.

**Writes are safe to repeat.** Give a \`commandId\` and send the same request as often as you like: it takes effect once, and the answer is the first one again with \`alreadyApplied: true\`. The same id with other content is refused.

**Sequence, ETag, If-Match.** Every answer about a script carries its sequence as \`ETag\`. Send it back as \`If-Match\` (stale: 412) or as \`expectedSequence\` in the body (stale: 409); both answers list what you missed.

**Waiting.** Writes that make or publish a version wait for it, 5 s unless \`Prefer: wait=N\` says otherwise, and answer 202 with where to look when it takes longer. Nothing is lost then.

**Problems.** Every error is \`application/problem+json\` with \`code\`, \`message\` and often \`details\`. A request that cannot be read is 400; a body that is JSON but not what the operation takes, and a command that is refused, is 422.`;

export const TAGS: { readonly name: RouteTag; readonly summary: string; readonly description: string }[] = [
  { name: "Log", summary: "Edit and read", description: "Commands in, the document out." },
  { name: "Scripts", summary: "Scripts", description: "Scripts of a tenant, their details and status." },
  {
    name: "Versions",
    summary: "Versions",
    description: "Snapshots of a script: seal, publish, compare, go back.",
  },
  { name: "Audit", summary: "Audit", description: "Who did what." },
  { name: "Service", summary: "The service itself", description: "Health, and this description." },
];
