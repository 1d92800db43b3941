import type { CheckName } from "../../../src/ops/verify/checks.ts";

/** Ids of the planted runs, commands and keys. */
const RUN = `insert into scripts."ScriptRun" ("tenantId", id, "scriptId", version, "correlationId", "startedAt", "updatedAt")
  values ('t1', 'r1', 's1', 1, 'c1', now(), now())`;

/**
 * One kind of damage for each promise, as a superuser can do it, and how it is undone. The check must see it, and
 * say where it is.
 */
export const DAMAGE: readonly {
  readonly check: CheckName;
  readonly name: string;
  readonly plant: readonly string[];
  readonly says: RegExp;
}[] = [
  {
    check: "sequences-contiguous",
    name: "a command that is gone",
    plant: [`delete from scripts."ScriptCommand" where "scriptId" = 's1' and sequence = 7`],
    says: /After command 6 comes 8/,
  },
  {
    check: "head-is-last",
    name: "a head that is ahead of the log",
    plant: [`update scripts."ScriptStream" set "headSequence" = "headSequence" + 1 where "scriptId" = 's1'`],
    says: /head is \d+, the last command in the log is \d+/,
  },
  {
    check: "head-is-last",
    name: "a head of another history",
    plant: [`update scripts."ScriptStream" set "chainHash" = repeat('a', 64) where "scriptId" = 's1'`],
    says: /hash aaaaaaaaaaaa\.\. is not that of the last command/,
  },
  {
    check: "hash-chain",
    name: "a command by somebody else",
    plant: [
      `update scripts."ScriptCommand" set "actorId" = 'intruder' where "scriptId" = 's1' and sequence = 3`,
    ],
    says: /Command 3 .* does not have the hash/,
  },
  {
    check: "patches",
    name: "a patch that says something else",
    plant: [
      `update scripts."ScriptCommand" set patch = jsonb_set(patch, '{0,value}', '"Forged"')
       where "scriptId" = 's1' and type = 'Scripts.UpdateNode' and sequence = 6`,
    ],
    says: /The patch of command 6 .* does not lead to/,
  },
  {
    check: "patches",
    name: "an inverse patch that does not apply",
    plant: [
      `update scripts."ScriptCommand" set "inversePatch" = '[{"op":"remove","path":"/nodes/nobody"}]'
       where "scriptId" = 's1' and sequence = 6`,
    ],
    says: /The inverse patch of command 6/,
  },
  {
    check: "snapshots-equal-replay",
    name: "a sealed document that was edited",
    plant: [
      `update scripts."ScriptVersion" set "graphJson" = jsonb_set("graphJson", '{nodes,0,data,title}', '"Forged"')
       where "scriptId" = 's1' and version = 1`,
    ],
    says: /Version 1 has another graphJson/,
  },
  {
    check: "snapshots-equal-replay",
    name: "an open draft with the hash of another state",
    plant: [
      `update scripts."ScriptVersion" set "stateHash" = repeat('b', 64) where "scriptId" = 's1' and "sealedAt" is null`,
    ],
    says: /Version 3 has stateHash bbbbbbbbbbbb\.\., a replay gives/,
  },
  {
    check: "snapshots-equal-replay",
    name: "a command that no release knows",
    plant: [
      `update scripts."ScriptCommand" set type = 'Scripts.Nonsense' where "scriptId" = 's1' and sequence = 6`,
    ],
    says: /The type Scripts.Nonsense is not known here/,
  },
  {
    check: "versions-partition-log",
    name: "a hole between two versions",
    plant: [
      `update scripts."ScriptVersion" set "fromSequence" = "fromSequence" + 1 where "scriptId" = 's1' and version = 2`,
    ],
    says: /Version 2 starts at \d+, the one before it ends at/,
  },
  {
    check: "one-open-version",
    name: "two open versions",
    plant: [
      `drop index scripts."ScriptVersion_one_open"`,
      `update scripts."ScriptVersion" set "sealedAt" = null where "scriptId" = 's1' and version = 2`,
    ],
    says: /Versions 2, 3 are all open/,
  },
  {
    check: "one-open-version",
    name: "a draft that nobody sealed and says it is",
    plant: [`update scripts."ScriptVersion" set "sealedAt" = now() where "scriptId" = 's1' and version = 3`],
    says: /Version 3 is sealed, its log says open/,
  },
  {
    check: "snapshots-equal-replay",
    name: "other words about a sealed version",
    plant: [
      `update scripts."ScriptVersion" set changelog = 'Forged' where "scriptId" = 's1' and version = 1`,
    ],
    says: /The changelog of version 1 is "Forged", command 7 says "One"/,
  },
  {
    check: "published-pointer",
    name: "a pointer to the open draft",
    plant: [`update scripts."Script" set "activeVersionId" = 's1-v3' where id = 's1'`],
    says: /points to version 3, which is open/,
  },
  {
    check: "published-pointer",
    name: "a published version that the log knows nothing of",
    plant: [
      `update scripts."ScriptVersion" set "isPublished" = false where "scriptId" = 's1' and version = 1`,
      `update scripts."ScriptVersion" set "isPublished" = true where "scriptId" = 's1' and version = 2`,
      `update scripts."Script" set "activeVersionId" = 's1-v2' where id = 's1'`,
    ],
    says: /points to version 2, its log says 1/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row that is gone",
    plant: [`delete from scripts."ScriptAuditLog" where "scriptId" = 's1' and "fromSequence" = 1`],
    says: /Batch .* \(commands 1 to 5\) has no audit row/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row that names somebody else",
    plant: [
      `update scripts."ScriptAuditLog" set "actorId" = 'scapegoat' where "scriptId" = 's1' and "fromSequence" = 1`,
    ],
    says: /actorId is scapegoat, not u1/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row that calls it something else",
    plant: [
      `update scripts."ScriptAuditLog" set action = 'UPDATE' where "scriptId" = 's1' and "fromSequence" = 1`,
    ],
    says: /action is UPDATE, not CREATE/,
  },
  {
    check: "audit-row-per-batch",
    name: "an audit row of nothing",
    plant: [
      `insert into scripts."ScriptAuditLog" select (audit).* from (
         select jsonb_populate_record(audit, '{"id": "x1", "batchId": "x1"}') as audit
         from scripts."ScriptAuditLog" audit where "scriptId" = 's1' and "fromSequence" = 1) planted`,
    ],
    says: /There are 8 audit row\(s\) .* for 7 batch\(es\)/,
  },
  {
    check: "listing-equals-log",
    name: "a name that nobody gave",
    plant: [`update scripts."Script" set name = 'Forged' where id = 's1'`],
    says: /name is "Forged", its log says "Script s1"/,
  },
  {
    check: "listing-equals-log",
    name: "a script that somebody else made",
    plant: [`update scripts."Script" set "createdById" = 'scapegoat' where id = 's1'`],
    says: /createdById is "scapegoat", its log says "u1"/,
  },
  {
    check: "feed-contiguous",
    name: "a position that is missing",
    plant: [`delete from scripts."EventFeed" where position = 3`],
    says: /After position 2 of the feed comes 4/,
  },
  {
    check: "feed-contiguous",
    name: "a head that is ahead of the feed",
    plant: [`update scripts."EventFeedHead" set position = position + 2`],
    says: /The feed ends at position \d+, its head says/,
  },
  {
    check: "feed-contiguous",
    name: "an event that was taken for stamped",
    plant: [
      `update scripts."DomainEvent" set "isStamped" = false where ordinal = (select min(ordinal) from scripts."DomainEvent")`,
    ],
    says: /stands at position 1 and is not marked/,
  },
  {
    check: "feed-order",
    name: "two events in each other's places",
    plant: [
      `alter table scripts."EventFeed" drop constraint "EventFeed_tenantId_eventId_fkey"`,
      `drop index scripts."EventFeed_tenantId_eventId_key"`,
      `update scripts."EventFeed" feed set "eventId" = other."eventId" from scripts."EventFeed" other
       where (feed.position, other.position) in ((1, 3), (3, 1))`,
    ],
    says: /Position \d+: /,
  },
  {
    check: "outbox-not-stuck",
    name: "a command that nobody takes",
    plant: [
      `insert into scripts."CommandOutbox" ("tenantId", id, command, "correlationId", "actorJson", "contextJson", "payloadJson",
         "actorType", "actorId", "actorRole", "maxAttempts", "dueAt", "createdAt", "updatedAt")
       values ('t1', 'o1', 'Contacts.Upsert.v1', 'c9', '{}', '{}', '{}', 'USER', 'u1', 'editor', 5,
         now() - interval '1 hour', now() - interval '1 hour', now() - interval '1 hour')`,
    ],
    says: /Command o1 .* is due since 1 h 0 min and nobody has taken it/,
  },
  {
    check: "idempotency-outcomes",
    name: "an answer without its effect",
    plant: [
      `insert into scripts."IdempotencyKey" ("tenantId", principal, route, key, id, fingerprint, "effectId", status, "headersJson",
         "lockedUntil", "createdAt", "completedAt", "expiresAt")
       values ('t1', 'USER u1', 'POST /commands', 'k1', 'i1', repeat('c', 64), 'e1', 202, '{}', now(), now(), now(), now() + interval '1 day')`,
    ],
    says: /POST \/commands with key k1 was answered with success, but what it made, e1, is not there/,
  },
  {
    check: "idempotency-outcomes",
    name: "an acknowledged command that is not in the log",
    plant: [
      `insert into scripts."IdempotencyKey" ("tenantId", principal, route, key, id, fingerprint, "effectId", status, "headersJson", body,
         "lockedUntil", "createdAt", "completedAt", "expiresAt")
       values ('t1', 'USER u1', 'POST /scripts/{scriptId}/commands', 'k2', 'i2', repeat('c', 64), 'e2', 200, '{}',
         '{"scriptId":"s1","batchId":"b","commands":[{"commandId":"lost","sequence":3}]}', now(), now(), now(), now() + interval '1 day')`,
    ],
    says: /with key k2 acknowledged command lost as 3; in the log it is not/,
  },
  {
    check: "runs-pinned-to-sealed",
    name: "a run of an open version",
    plant: [RUN.replace("'s1', 1", "'s1', 3")],
    says: /Run r1 is pinned to version 3, which is open/,
  },
  {
    check: "tenant-ownership",
    name: "a variable of another tenant's run",
    plant: [
      RUN,
      `insert into scripts."RunVariable" ("tenantId", id, "runId", key, "strVal", "updatedAt") values ('t2', 'v1', 'r1', 'k', 'x', now())`,
    ],
    says: /RunVariable v1 of tenant t2 belongs to run r1, which is tenant t1's/,
  },
];
