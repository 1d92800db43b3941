import type { Submission, SubmitOutcome, SubmittedCommand } from "../../../src/commands/submission.ts";
import { readCommands } from "../../../src/log/readCommands.ts";
import { addNode, createScript, openWriter, type Writer } from "../../support/openWriter.ts";
import { createTestDatabase, type TestDatabase } from "../../support/testDatabase.ts";

/** Two processes that submit to one database, where the time stands still until a test moves it. */
export interface SubmitPath {
  readonly database: TestDatabase;
  readonly writer: Writer;
  /** Another process: it knows nothing of what the first one did. */
  readonly other: Writer;
  /** What both take for the time. */
  clock: Date;
  /** A script with nodes n1 and n2, written by u1: its log ends at 3. */
  givenScript(): Promise<string>;
  logOf(scriptId: string): ReturnType<typeof readCommands>;
  close(): Promise<void>;
}

export async function openSubmitPath(): Promise<SubmitPath> {
  const database = await createTestDatabase();
  const now = (): Date => path.clock;
  const writer = await openWriter(database.apiUrl, { now });
  const other = await openWriter(database.apiUrl, { now });
  let scripts = 0;
  const path: SubmitPath = {
    database,
    writer,
    other,
    clock: new Date("2026-01-02T03:04:05.678Z"),
    givenScript: async () => {
      const scriptId = `a${++scripts}`;
      accepted(await writer.submit(scriptId, [createScript(scriptId), addNode("n1"), addNode("n2")]));
      return scriptId;
    },
    logOf: (scriptId) =>
      readCommands({ prisma: writer.prisma }, { tenantId: "t1", scriptId, after: 0, limit: 1_000 }),
    close: async () => {
      await writer.close();
      await other.close();
      await database.drop();
    },
  };
  return path;
}

export function accepted(outcome: SubmitOutcome) {
  if (outcome.kind !== "accepted") throw new Error(`not accepted: ${JSON.stringify(outcome)}`);
  return outcome.result;
}

export function submission(scriptId: string, commands: readonly SubmittedCommand[]): Submission {
  return {
    tenantId: "t1",
    scriptId,
    actor: { type: "USER", id: "u1" },
    role: "operator",
    correlationId: "test",
    commands,
    onConflict: "reject",
    dryRun: false,
  };
}

export const COMMIT: SubmittedCommand = {
  command: "Scripts.CommitVersion.v1",
  payload: { allowUnchanged: true },
};
