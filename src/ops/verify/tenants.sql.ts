import type { PrismaClient } from "../../db/generated/client.ts";

export interface StrayRow {
  readonly table: string;
  readonly tenantId: string;
  readonly id: string;
  /** What it belongs to, such as "script s1", and where that is instead, if anywhere. */
  readonly owner: string;
  readonly elsewhere: string | null;
}

/**
 * Rows whose script, run or event is not of their tenant. Foreign keys hold most of it; a restored backup, or a
 * superuser, can go round them, and events have none.
 *
 * One branch per table, each with the first few: a hash of the owners, and one look through the table.
 */
export async function selectStrayRows(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: { readonly tenantId: string | null; readonly limit: number },
): Promise<StrayRow[]> {
  return prisma.$queryRaw<StrayRow[]>`
    with stray as (
      select * from (
        select 'ScriptStream' as "table", child."tenantId", child."scriptId" as id, 'script' as kind, child."scriptId" as owner
        from scripts."ScriptStream" child
        left join scripts."Script" script on script."tenantId" = child."tenantId" and script.id = child."scriptId"
        where script.id is null
        limit ${input.limit}) a
      union all
      select * from (
        select 'Script', child."tenantId", child.id, 'log', child.id
        from scripts."Script" child
        left join scripts."ScriptStream" stream on stream."tenantId" = child."tenantId" and stream."scriptId" = child.id
        where stream."scriptId" is null
        limit ${input.limit}) b
      union all
      select * from (
        select 'ScriptCommand', child."tenantId", child.id, 'script', child."scriptId"
        from scripts."ScriptCommand" child
        left join scripts."ScriptStream" stream on stream."tenantId" = child."tenantId" and stream."scriptId" = child."scriptId"
        where stream."scriptId" is null
        limit ${input.limit}) c
      union all
      select * from (
        select 'ScriptVersion', child."tenantId", child.id, 'script', child."scriptId"
        from scripts."ScriptVersion" child
        left join scripts."Script" script on script."tenantId" = child."tenantId" and script.id = child."scriptId"
        where script.id is null
        limit ${input.limit}) d
      union all
      select * from (
        select 'ScriptAuditLog', child."tenantId", child.id, 'script', child."scriptId"
        from scripts."ScriptAuditLog" child
        left join scripts."Script" script on script."tenantId" = child."tenantId" and script.id = child."scriptId"
        where script.id is null
        limit ${input.limit}) e
      union all
      select * from (
        select 'ScriptRun', child."tenantId", child.id, 'script', child."scriptId"
        from scripts."ScriptRun" child
        left join scripts."Script" script on script."tenantId" = child."tenantId" and script.id = child."scriptId"
        where script.id is null
        limit ${input.limit}) f
      union all
      select * from (
        select 'RunVariable', child."tenantId", child.id, 'run', child."runId"
        from scripts."RunVariable" child
        left join scripts."ScriptRun" run on run."tenantId" = child."tenantId" and run.id = child."runId"
        where run.id is null
        limit ${input.limit}) g
      union all
      select * from (
        select 'ScriptRunLog', child."tenantId", child.ordinal::text, 'run', child."runId"
        from scripts."ScriptRunLog" child
        left join scripts."ScriptRun" run on run."tenantId" = child."tenantId" and run.id = child."runId"
        where run.id is null
        limit ${input.limit}) h
      union all
      select * from (
        select 'CommandOutbox', child."tenantId", child.id, 'run', child."runId"
        from scripts."CommandOutbox" child
        left join scripts."ScriptRun" run on run."tenantId" = child."tenantId" and run.id = child."runId"
        where child."runId" is not null and run.id is null
        limit ${input.limit}) i
      union all
      select * from (
        select 'DomainEvent', child."tenantId", child.id, 'script', child."scriptId"
        from scripts."DomainEvent" child
        left join scripts."Script" script on script."tenantId" = child."tenantId" and script.id = child."scriptId"
        where child."scriptId" is not null and child.type like 'Scripts.%' and script.id is null
        limit ${input.limit}) j
      union all
      select * from (
        select 'EventFeed', child."tenantId", child.position::text, 'event', child."eventId"
        from scripts."EventFeed" child
        left join scripts."DomainEvent" event on event."tenantId" = child."tenantId" and event.id = child."eventId"
        where event.id is null
        limit ${input.limit}) k
    )
    select
      stray."table", stray."tenantId", stray.id, stray.kind || ' ' || stray.owner as owner,
      case stray.kind
        when 'script' then (select min(found."tenantId") from scripts."Script" found where found.id = stray.owner)
        when 'run' then (select min(found."tenantId") from scripts."ScriptRun" found where found.id = stray.owner)
        when 'event' then (select min(found."tenantId") from scripts."DomainEvent" found where found.id = stray.owner)
      end as elsewhere
    from stray
    where ${input.tenantId}::text is null or stray."tenantId" = ${input.tenantId}
    limit ${input.limit}`;
}
