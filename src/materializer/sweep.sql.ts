import type { PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { MATERIALIZE_QUEUE } from "./sendMaterializeJobs.ts";

/**
 * Scripts after a key, in key order, whose log is ahead of their versions while no job waits for them.
 *
 * A job that is active does not count: its worker may have died an instant ago, and pg-boss learns that only
 * when the job expires. If it lives, the second job finds nothing to do. A job that waits for its retry does
 * count. A script that failed is left alone for 1, 2, 4 .. 60 minutes after its 1st, 2nd, 3rd .. attempt,
 * unless failedToo is set.
 */
export async function selectScriptsBehind(
  prisma: Pick<PrismaClient, "$queryRaw">,
  input: {
    readonly after: ScriptKey;
    readonly limit: number;
    readonly now: Date;
    readonly failedToo: boolean;
  },
): Promise<ScriptKey[]> {
  return prisma.$queryRaw<ScriptKey[]>`
    select stream."tenantId", stream."scriptId"
    from scripts."ScriptStream" stream
    where stream."materializedSequence" < stream."headSequence"
      and (stream."tenantId", stream."scriptId") > (${input.after.tenantId}, ${input.after.scriptId})
      and (
        ${input.failedToo}
        or stream."materializeFailure" is null
        or (stream."materializeFailure" ->> 'at')::timestamptz
          + least(power(2, (stream."materializeFailure" ->> 'attempts')::int - 1), 60) * interval '1 minute'
          <= ${input.now}
      )
      and not exists (
        select from pgboss.job
        where job.name = ${MATERIALIZE_QUEUE}
          and job.state < 'active'
          and job.data ->> 'tenantId' = stream."tenantId"
          and job.data ->> 'scriptId' = stream."scriptId"
      )
    order by stream."tenantId", stream."scriptId"
    limit ${input.limit}`;
}
