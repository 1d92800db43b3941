import type { PrismaClient } from "../db/generated/client.ts";
import type { OutboxKey } from "./outboxRow.ts";
import { OUTBOX_FAILED_QUEUE, OUTBOX_QUEUE } from "./sendOutboxJobs.ts";

/**
 * Commands after a key, in key order, that are overdue while no job will bring them on.
 *
 * A job that is active counts as long as its worker shows a sign of life; pg-boss itself looks for dead ones once
 * a minute only. If the worker lives nevertheless, the second attempt takes the row away from it.
 */
export async function selectOverdueCommands(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: {
    readonly after: OutboxKey;
    readonly limit: number;
    readonly dueBefore: Date;
    readonly deadAfterMs: number;
  },
): Promise<OutboxKey[]> {
  return prisma.$queryRaw<OutboxKey[]>`
    select command."tenantId", command.id
    from scripts."CommandOutbox" command
    where command.status in ('PENDING', 'PROCESSING')
      and command."dueAt" < ${input.dueBefore}
      and command."updatedAt" < ${input.dueBefore}
      and (command."tenantId", command.id) > (${input.after.tenantId}, ${input.after.id})
      and not exists (
        select from pgboss.job
        where job.name = ${OUTBOX_QUEUE}
          and (
            job.state < 'active'
            or job.state = 'active'
              and coalesce(job.heartbeat_on, job.started_on) > now() - ${input.deadAfterMs} * interval '1 millisecond'
          )
          and job.data ->> 'tenantId' = command."tenantId"
          and job.data ->> 'id' = command.id
      )
    order by command."tenantId", command.id
    limit ${input.limit}`;
}

/** Dead letters of commands that are not dead: they were sent back, or came through after all. */
export async function selectSettledDeadLetters(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: { readonly limit: number },
): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ id: string }[]>`
    select job.id::text
    from pgboss.job
    join scripts."CommandOutbox" command
      on command."tenantId" = job.data ->> 'tenantId'
      and command.id = job.data ->> 'id'
    where job.name = ${OUTBOX_FAILED_QUEUE}
      and command.status <> 'FAILED'
    limit ${input.limit}`;
  return rows.map((row) => row.id);
}
