import { userInfo } from "node:os";
import { pino } from "pino";
import { startJobSender } from "../../src/materializer/startJobSender.ts";
import { sendMaterializeJobs } from "../../src/materializer/sendMaterializeJobs.ts";
import { OpsError } from "../../src/ops/frame/opsError.ts";
import type { Session } from "../../src/ops/frame/session.ts";
import type { VerbOptions } from "../../src/ops/frame/verb.ts";
import type { ControlDeps } from "../core/decide.ts";
import type { BackfillDefinition } from "../core/definition.ts";
import { runOwnerSql } from "../core/ownerSql.ts";
import type { BatchDeps } from "../core/batch.ts";
import { DEFINITIONS } from "../definitions.ts";

/** More than an API goes by what it has read of a switch. */
const SETTLE_MS = 2_500;

/** Finds a move by its name; the only one needs no name. */
export function findDefinition(name: string | undefined): BackfillDefinition {
  const found = name === undefined && DEFINITIONS.length === 1 ? DEFINITIONS[0] : undefined;
  const definition = found ?? DEFINITIONS.find((one) => one.name === name);
  if (definition) return definition;
  const names = DEFINITIONS.map((one) => one.name).join(", ");
  throw new OpsError(`There is no move "${name ?? ""}". There are: ${names}.`);
}

export type BackfillSession = ControlDeps & Omit<BatchDeps, "pause"> & { readonly session: Session };

/** Runs work with what a move needs: role script_worker, a sender of jobs, and the owner's SQL. */
export async function inBackfillSession<T>(
  session: Session,
  options: VerbOptions,
  work: (deps: BackfillSession) => Promise<T>,
): Promise<T> {
  const store = await session.store();
  const { prisma } = await store.as("script_worker");
  const log = pino({ level: "silent" });
  const sender = await startJobSender({ databaseUrl: store.urlFor("script_api"), log });
  try {
    return await work({
      session,
      prisma,
      boss: sender.boss,
      sendJobs: (tx, scripts) => sendMaterializeJobs(sender.boss, tx, scripts),
      runOwnerSql: (sql) => {
        if (store.ownerUrl === undefined)
          throw new OpsError(
            "This changes tables and needs their owner: set DATABASE_URL to the owner's URL.",
          );
        return runOwnerSql(store.ownerUrl, sql);
      },
      now: session.now,
      log,
      operator: (options["operator"] as string | undefined) ?? userInfo().username,
      settleMs: SETTLE_MS,
    });
  } finally {
    await sender.stop();
  }
}
