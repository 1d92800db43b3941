import type { PgBoss } from "pg-boss";
import type { Submission, SubmitOutcome } from "../commands/submission.ts";
import { submitCommands } from "../commands/submitCommands.ts";
import type { InTenant } from "../db/inTenant.ts";
import { openDatabase } from "../db/openDatabase.ts";
import { createGroupCommit } from "../log/groupCommit.ts";
import type { StreamCache } from "../log/streamCache.ts";
import { appendAndWake } from "./appendAndWake.ts";
import type { Store } from "./openStore.ts";

/**
 * Connections for appends alone: one for each of the groups that are on their way at once, and one for batches that
 * failed and are tried by themselves. They never wait behind reads, of which there may be hundreds in line.
 */
const POOL_SIZE = 3;

interface SubmitParts {
  readonly inTenant: InTenant;
  readonly streams: StreamCache;
  readonly boss: PgBoss;
  /** Called once the jobs of appended edits can be seen. */
  readonly wake: () => void;
  /** Called once their events can be. */
  readonly wakeStamper: () => void;
}

/** The way in for edits, with a database client of its own. */
export async function openSubmit(
  parts: SubmitParts,
  store: Pick<Store, "apiUrl">,
): Promise<{ submit(submission: Submission): Promise<SubmitOutcome>; stop(): Promise<void> }> {
  const { inTenant, streams, boss, wake, wakeStamper } = parts;
  const database = await openDatabase({
    url: store.apiUrl,
    role: "script_api",
    poolSize: POOL_SIZE,
    applicationName: "script-api-append",
    keepsPlans: true,
  });
  const deps = {
    inTenant,
    streams,
    now: () => new Date(),
    ...createGroupCommit({
      append: async (requests) => {
        const outcomes = await appendAndWake({ prisma: database.prisma, boss, wake }, requests);
        wakeStamper();
        return outcomes;
      },
    }),
  };
  return {
    submit: (submission) => submitCommands(deps, submission),
    stop: () => database.close(),
  };
}
