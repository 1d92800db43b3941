import { fromPrisma, type PgBoss } from "pg-boss";
import { openJobs } from "../../db/openJobs.ts";
import { Prisma, type PrismaClient } from "../../db/generated/client.ts";
import { sendMaterializeJobs } from "../../materializer/sendMaterializeJobs.ts";
import { redrive as redriveCommands } from "../../outbox/redrive.ts";
import { createSendOutboxJobs } from "../../outbox/sendOutboxJobs.ts";
import { OpsError } from "../frame/opsError.ts";
import { findScript } from "../frame/findScript.ts";
import { parseCount, parseTime } from "../frame/parseOption.ts";
import type { Session } from "../frame/session.ts";
import type { OpsStore } from "../frame/store.ts";
import type { Verb } from "../frame/verb.ts";
import { selectDeadJobs, type DeadJob } from "./queues.sql.ts";

interface Options {
  readonly queue: "materialize" | "commands" | "all";
  readonly command?: string;
  readonly id?: string;
  readonly failedSince?: Date;
  readonly includeRuns: boolean;
  readonly limit: number;
}

/** Sends back what failed for good, once its cause was put right. */
export const redrive: Verb = {
  name: "redrive",
  summary: "send back what failed for good: materializations and generic commands",
  addOptions: (command) =>
    command
      .option("--queue <name>", "materialize, commands or all", "all")
      .option("--command <name>", "only generic commands of this name")
      .option("--id <id>", "only the generic command with this id")
      .option("--failed-since <time>", "only generic commands that failed since then", parseTime)
      .option("--include-runs", "also actions of runs, which may have gone on without them", false)
      .option("--limit <n>", "most of each to send back", parseCount, 1_000),
  run: async (session, _args, given) => {
    const options = given as unknown as Options;
    if (!["materialize", "commands", "all"].includes(options.queue))
      throw new OpsError(`There is no queue "${options.queue}". Give --queue materialize, commands or all.`);
    const { global, output } = session;
    if (global.tenant === undefined && global.script === undefined && options.id === undefined && !global.all)
      throw new OpsError(
        "Say what to send back: --tenant <id>, --script <id>, --id <id>, or --all. --dry-run shows it first.",
      );
    const store = await session.store();
    await using opened = new AsyncDisposableStack();
    const boss = global.dryRun
      ? undefined
      : opened.adopt(
          await openJobs({
            url: store.urlFor("script_operator"),
            role: "script_operator",
            applicationName: "script-ops-queue",
            poolSize: 1,
          }),
          (running) => running.stop({ graceful: false }),
        );
    const materialize =
      options.queue === "commands" || options.id !== undefined
        ? []
        : await redriveScripts(session, store, boss, options);
    const commands =
      options.queue === "materialize" || global.script !== undefined
        ? []
        : await redriveOutbox(session, store, boss, options);
    const result = { dryRun: global.dryRun, materialize, commands };
    const would = global.dryRun ? "Would send back" : "Sent back";
    output.result(
      result,
      () => `${would} ${materialize.length} materialization(s) and ${commands.length} generic command(s).`,
    );
    return 0;
  },
};

/** Materializations whose job lies in the dead letter queue, and scripts that are marked as failed without one. */
async function redriveScripts(
  { global }: Session,
  { prisma }: OpsStore,
  boss: PgBoss | undefined,
  { limit }: Options,
) {
  const only = global.script
    ? await findScript({ prisma }, { name: global.script, tenant: global.tenant })
    : undefined;
  const tenantId = only?.tenantId ?? global.tenant ?? null;
  const dead = await selectDeadJobs(prisma, { queue: "materialize.failed", tenantId, limit });
  const chosen = dead.filter(({ data }) => only === undefined || data.scriptId === only.scriptId);
  const failed = await prisma.scriptStream.findMany({
    where: {
      ...(tenantId === null ? {} : { tenantId }),
      ...only,
      materializeFailure: { not: Prisma.DbNull },
    },
    select: { tenantId: true, scriptId: true },
    take: limit,
  });
  const scripts = distinct([
    ...chosen.map(({ data }) => data as { tenantId: string; scriptId: string }),
    ...failed,
  ]);
  if (boss) await sendBack(prisma, boss, chosen, scripts);
  return scripts;
}

async function sendBack(
  prisma: PrismaClient,
  boss: PgBoss,
  dead: readonly DeadJob[],
  scripts: readonly { tenantId: string; scriptId: string }[],
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    if (scripts.length > 0) await sendMaterializeJobs(boss, tx, scripts);
    if (dead.length > 0)
      await boss.deleteJob(
        "materialize.failed",
        dead.map(({ id }) => id),
        { db: fromPrisma(tx) },
      );
  });
}

function distinct(keys: readonly { tenantId: string; scriptId: string }[]) {
  return [...new Map(keys.map((key) => [JSON.stringify([key.tenantId, key.scriptId]), key])).values()];
}

async function redriveOutbox(
  { global, now }: Session,
  store: OpsStore,
  boss: PgBoss | undefined,
  options: Options,
) {
  const filter = {
    ...(global.tenant === undefined ? {} : { tenantId: global.tenant }),
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(options.command === undefined ? {} : { command: options.command }),
    ...(options.failedSince === undefined ? {} : { failedAfter: options.failedSince }),
    includeRuns: options.includeRuns,
    limit: options.limit,
  };
  if (!boss) return listFailed(store, filter);
  // Rows of the outbox are written by the worker's role.
  const { prisma } = await store.as("script_worker");
  const rows = await redriveCommands(
    { inTransaction: (work) => prisma.$transaction(work), sendJobs: createSendOutboxJobs(boss), now },
    filter,
  );
  return rows.map(({ tenantId, id, command }) => ({ tenantId, id, command }));
}

async function listFailed(
  { prisma }: OpsStore,
  { tenantId, id, command, failedAfter, includeRuns, limit }: Parameters<typeof redriveCommands>[1],
) {
  return prisma.commandOutbox.findMany({
    where: {
      status: "FAILED",
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(id === undefined ? {} : { id }),
      ...(command === undefined ? {} : { command }),
      ...(failedAfter === undefined ? {} : { completedAt: { gte: failedAfter } }),
      ...(includeRuns ? {} : { runId: null }),
    },
    select: { tenantId: true, id: true, command: true },
    orderBy: { completedAt: "asc" },
    ...(limit === undefined ? {} : { take: limit }),
  });
}
