import type { PgBoss } from "pg-boss";
import type { PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { MATERIALIZE_QUEUE, toJob } from "./sendMaterializeJobs.ts";
import { selectScriptsBehind } from "./sweep.sql.ts";

export interface SweepDeps {
  readonly prisma: Pick<PrismaClient, "$queryRaw">;
  readonly boss: Pick<PgBoss, "insert">;
  readonly now: () => Date;
}

const PAGE = 500;

/**
 * Enqueues every script whose log is ahead of its versions and for which no job waits, so that a job lost to
 * any cause only costs time. Returns how many were found.
 *
 * Needs no lock: a job too many finds nothing to do.
 */
export async function sweep(
  deps: SweepDeps,
  input: {
    /** Also scripts that failed a moment ago: this process may run newer code, which can apply them. */
    readonly failedToo: boolean;
  },
): Promise<number> {
  let found = 0;
  let after: ScriptKey = { tenantId: "", scriptId: "" };
  for (;;) {
    const scripts = await selectScriptsBehind(deps.prisma, { ...input, after, limit: PAGE, now: deps.now() });
    const last = scripts.at(-1);
    if (!last) return found;
    await deps.boss.insert(MATERIALIZE_QUEUE, scripts.map(toJob));
    found += scripts.length;
    after = last;
  }
}
