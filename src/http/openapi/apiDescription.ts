import type { RouteTag } from "../route.ts";

/** Version of the API: raised when an operation changes its shape. */
export const API_VERSION = "0.1.0";

export const API_DESCRIPTION = `Keeps guided conversation scripts. Every edit is a command in a script's append-only log; the document at any point of the log can be read, and versions are made from it.

**Authorization.** Every request but those for health, metrics and this document carries \`Authorization: Bearer\` and a token: an API token of this service, or a JWT of the issuer that it trusts. The token says the tenant, the actor and the role. \`x-tenant-id\`, \`x-actor-id\` and \`x-actor-type\` may repeat it; what does not agree is 403. Another tenant's script is 404. In development the placeholder token is accepted (\`Bearer dev-token\` unless configured otherwise), and these headers say who asks.

**Roles.** \`viewer\` reads, simulates and follows events. \`agent\` edits drafts beside, and is all that an AI agent ever is. \`editor\` seals versions, drives runs and sends generic commands beside. \`publisher\` publishes, rolls back and archives beside. \`operator\` may do everything. What a role may not do is 403.

**Writes are safe to repeat.** Give a \`commandId\` and send the same request as often as you like: it takes effect once, and the answer is the first one again with \`alreadyApplied: true\`. The same id with other content is refused. Everything else that writes takes an \`Idempotency-Key\`, and two operations want one: a repeat within 24 hours has the first answer again, with \`Idempotency-Replayed: true\`. The same key for another request is 422; while the first one is at work, 409 with \`Retry-After\`.

**Correlation-Id.** Send one with what belongs together, or one is made. Every answer has it, and so have the commands, events and generic commands that come of the request.

**Sequence, ETag, If-Match.** Every answer about a script carries its sequence as \`ETag\`. Send it back as \`If-Match\` (stale: 412) or as \`expectedSequence\` in the body (stale: 409); both answers list what you missed.

**Waiting.** Writes that make or publish a version wait for it, 5 s unless \`Prefer: wait=N\` says otherwise, and answer 202 with where to look when it takes longer. Nothing is lost then.

**Problems.** Every error is \`application/problem+json\` with \`code\`, \`message\` and often \`details\`. A request that cannot be read is 400; a body that is JSON but not what the operation takes, and a command that is refused, is 422. \`details.fields\` and \`details.refusals\` name the member by a JSON pointer. What is not even HTTP is \`invalid_http\` (400, 408 or 431).

**Limits.** A token may send so many requests a minute to each process (\`RateLimit\`, \`RateLimit-Policy\`); past that it is 429 with \`Retry-After\`.`;

export const TAGS: { readonly name: RouteTag; readonly summary: string; readonly description: string }[] = [
  { name: "Log", summary: "Edit and read", description: "Commands in, the document out." },
  { name: "Scripts", summary: "Scripts", description: "Scripts of a tenant, their details and status." },
  {
    name: "Versions",
    summary: "Versions",
    description: "Snapshots of a script: seal, publish, compare, go back.",
  },
  { name: "Runs", summary: "Runs", description: "Conversations that follow a sealed version." },
  {
    name: "Commands",
    summary: "Generic commands",
    description: "Commands for handlers, and what became of them.",
  },
  { name: "Events", summary: "Events", description: "What happened, as it happens." },
  {
    name: "Guidance (legacy)",
    summary: "Legacy guidance",
    description:
      "The contract before this one, for clients that are not moved yet. Every answer carries Deprecation, Sunset and Link. The same data is under /scripts and /runs. Whether a tenant is served from the legacy tables or from these is switched by an operator, and heeded within 2 s.",
  },
  { name: "Audit", summary: "Audit", description: "Who did what." },
  { name: "Service", summary: "The service itself", description: "Health, and this description." },
];
