import type { PrismaClient } from "../../db/generated/client.ts";

/** How far a part of the work is behind. */
export interface StageLag {
  /** Scripts, events or commands that wait. */
  readonly waiting: number;
  /** Commands in them: of the log for materialization, else the same. */
  readonly commands: number;
  /** Since when the oldest waits; null when nothing does. */
  readonly since: Date | null;
}

type Db = Pick<PrismaClient, "$queryRaw">;

/** Scripts whose versions are behind their log; since: the first command that is in no version yet. */
export async function selectMaterializeLag(prisma: Db): Promise<StageLag> {
  const rows = await prisma.$queryRaw<StageLag[]>`
    select
      count(*)::int as waiting,
      coalesce(sum(stream."headSequence" - stream."materializedSequence"), 0)::int as commands,
      min(command."createdAt") as since
    from scripts."ScriptStream" stream
    left join scripts."ScriptCommand" command
      on command."tenantId" = stream."tenantId"
      and command."scriptId" = stream."scriptId"
      and command.sequence = stream."materializedSequence" + 1
    where stream."materializedSequence" < stream."headSequence"`;
  return rows[0]!;
}

/** Events without a place in the feed. */
export async function selectStampLag(prisma: Db): Promise<StageLag> {
  const rows = await prisma.$queryRaw<StageLag[]>`
    select count(*)::int as waiting, count(*)::int as commands, min("occurredAt") as since
    from scripts."DomainEvent"
    where not "isStamped"`;
  return rows[0]!;
}

/** Generic commands that are due or at work. */
export async function selectOutboxLag(prisma: Db, now: Date): Promise<StageLag> {
  const rows = await prisma.$queryRaw<StageLag[]>`
    select count(*)::int as waiting, count(*)::int as commands, min("dueAt") as since
    from scripts."CommandOutbox"
    where status in ('PENDING', 'PROCESSING')
      and "dueAt" <= ${now}`;
  return rows[0]!;
}
