import type { Prisma } from "../db/generated/client.ts";

/**
 * When somebody last published a version, ISO 8601; null: nobody did since it was moved. The publish that a move
 * makes is none: the legacy row says when that was.
 */
export async function findPublishedAt(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  key: { readonly tenantId: string; readonly scriptId: string; readonly version: number },
): Promise<string | null> {
  const { tenantId, scriptId, version } = key;
  const [row] = await tx.$queryRaw<{ actorType: string; createdAt: Date }[]>`
    select command."actorType"::text as "actorType", command."createdAt"
    from scripts."ScriptAuditLog" as audit
    join scripts."ScriptCommand" as command
      on command."tenantId" = audit."tenantId" and command."scriptId" = audit."scriptId"
        and command."sequence" between audit."fromSequence" and audit."toSequence"
    where audit."tenantId" = ${tenantId} and audit."scriptId" = ${scriptId} and audit."action" = 'PUBLISH'
      and command."type" = 'Scripts.PublishVersion' and (command."payload" ->> 'version')::int = ${version}
    order by command."sequence" desc
    limit 1`;
  return row && row.actorType !== "BACKFILL" ? row.createdAt.toISOString() : null;
}
