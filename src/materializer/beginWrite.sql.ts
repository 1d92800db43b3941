import type { Prisma } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";

/**
 * Settings of a materialization's transaction, and how long the log is at this moment.
 *
 * lock_timeout: the audit rows lock the Script row by their foreign key, and then we wait for the stream row;
 * an append that changes the slug takes the two the other way round. After half a second we give way, before
 * PostgreSQL looks for deadlocks (1 s) and maybe ends the append.
 *
 * synchronous_commit off: edits wait while we commit, and what a crash of the server takes back of derived rows
 * is derived again: the stream row, the job and the rows go back together. What another transaction made durable
 * on top of them is durable with them, because the write-ahead log is one.
 */
export async function beginWrite(
  tx: Pick<Prisma.TransactionClient, "$queryRaw">,
  key: ScriptKey,
): Promise<{ headSequence: number }> {
  const rows = await tx.$queryRaw<{ headSequence: number }[]>`
    select
      "headSequence",
      set_config('lock_timeout', '500ms', true),
      set_config('synchronous_commit', 'off', true)
    from scripts."ScriptStream"
    where "tenantId" = ${key.tenantId}
      and "scriptId" = ${key.scriptId}`;
  return rows[0]!;
}
