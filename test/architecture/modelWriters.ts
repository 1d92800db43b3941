import { MOVES } from "./layers.ts";
import type { Source } from "./offence.ts";

/**
 * Who writes a table: the folders of src, or the files where a path is given. One responsibility a table, so one
 * writer; a second one is a decision and is written down here. The grants of the database say the same by role.
 */
export const MODEL_WRITERS: { readonly [model: string]: readonly string[] } = {
  // Written by scripts.append_commands alone.
  ScriptCommand: [],
  // What is derived from the log: the materializer, and the operator's rebuild of the same.
  Script: ["materializer", "src/ops/rebuild"],
  ScriptStream: ["materializer", "src/ops/rebuild"],
  ScriptVersion: ["materializer", "src/ops/rebuild"],
  ScriptAuditLog: ["materializer", "src/ops/rebuild"],
  RebuildProgress: ["ops"],
  ScriptVersionRebuild: ["ops", "materializer"],
  // Runs of a legacy system have ended, or go on where they were: they are not walked again.
  ScriptRun: ["runner", MOVES],
  ScriptRunLog: ["runner", MOVES],
  RunVariable: ["runner", MOVES],
  CommandOutbox: ["outbox"],
  DomainEvent: ["events"],
  EventFeed: ["events"],
  EventFeedHead: ["events"],
  EventTicket: ["events"],
  // A key belongs to a request; old ones are cleared away where the clock is.
  IdempotencyKey: ["http", "db"],
  ProcessHeartbeat: ["db"],
  ApiToken: ["access"],
  TenantSettings: ["access", "ops"],
  // The legacy routes, until the database refuses it.
  LegacyScript: ["compat"],
  LegacyScriptVersion: ["compat"],
  LegacyScriptRun: ["compat"],
  LegacyScriptAnswer: ["compat"],
};

export function mayWrite(model: string, { folder, path }: Source): boolean {
  return (MODEL_WRITERS[model] ?? []).some((writer) =>
    writer.startsWith("src/") ? path.startsWith(writer) : folder === writer,
  );
}

/** The member of a Prisma client that a model is reached by. */
export function delegateOf(model: string): string {
  return model[0]!.toLowerCase() + model.slice(1);
}
