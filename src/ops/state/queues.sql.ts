import type { PrismaClient } from "../../db/generated/client.ts";

type Db = Pick<PrismaClient, "$queryRaw">;

export interface QueueState {
  readonly queue: string;
  /** created, retry, active, completed, cancelled or failed. */
  readonly state: string;
  readonly jobs: number;
  readonly oldest: Date;
}

/** Jobs by queue and state. Completed ones are kept for some hours only. */
export async function selectQueueStates(prisma: Db): Promise<QueueState[]> {
  return prisma.$queryRaw<QueueState[]>`
    select name as queue, state::text as state, count(*)::int as jobs, min(created_on) as oldest
    from pgboss.job
    group by name, state
    order by name, state`;
}

export interface DeadJob {
  readonly id: string;
  readonly queue: string;
  readonly data: { readonly tenantId?: string; readonly scriptId?: string; readonly id?: string };
  readonly at: Date;
}

/** Jobs that lie in a dead letter queue, the oldest first. */
export async function selectDeadJobs(
  prisma: Db,
  input: { readonly queue: string; readonly tenantId: string | null; readonly limit: number },
): Promise<DeadJob[]> {
  return prisma.$queryRaw<DeadJob[]>`
    select id::text as id, name as queue, data, created_on as at
    from pgboss.job
    where name = ${input.queue}
      and state < 'active'
      and (${input.tenantId}::text is null or data ->> 'tenantId' = ${input.tenantId})
    order by created_on
    limit ${input.limit}`;
}
