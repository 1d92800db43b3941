import { Prisma, type PrismaClient } from "../../db/generated/client.ts";
import { formatDuration } from "../frame/duration.ts";
import { table } from "../frame/output.ts";
import { parseCount } from "../frame/parseOption.ts";
import type { Verb } from "../frame/verb.ts";
import { selectStuckCommands } from "../verify/outbox.sql.ts";

const LIMIT = 100;

/** One thing that waits for longer than it should. */
interface Stuck {
  readonly kind: "script" | "behind" | "command" | "event" | "run" | "process";
  readonly tenant: string | null;
  readonly id: string;
  readonly since: Date;
  readonly why: string;
}

interface Question {
  readonly now: Date;
  readonly before: Date;
  readonly tenantId: string | null;
}

/** What is stuck, and so needs an operator. */
export const stuck: Verb = {
  name: "stuck",
  summary: "what waits too long: scripts, generic commands, events, runs, and processes that are gone",
  addOptions: (command) => command.option("--after <minutes>", "what waits longer is stuck", parseCount, 5),
  run: async ({ store, output, global, now }, _args, options) => {
    const { prisma } = await store();
    const at = now();
    const before = new Date(at.getTime() - Number(options["after"]) * 60_000);
    const question: Question = { now: at, before, tenantId: global.tenant ?? null };
    const found: Stuck[] = [];
    for (const look of LOOKS) found.push(...(await look(prisma, question)));
    output.result({ stuck: found }, () =>
      table(
        found.map(({ since, ...row }) => ({
          ...row,
          since: `${formatDuration(at.getTime() - since.getTime())} ago`,
        })),
        "Nothing is stuck.",
      ),
    );
    return found.length === 0 ? 0 : 2;
  },
};

const LOOKS: readonly ((prisma: PrismaClient, question: Question) => Promise<Stuck[]>)[] = [
  findFailedScripts,
  findScriptsBehind,
  findCommands,
  findEvents,
  findRuns,
  findProcesses,
];

async function findFailedScripts(prisma: PrismaClient, { now, tenantId }: Question): Promise<Stuck[]> {
  const rows = await prisma.scriptStream.findMany({
    where: { materializeFailure: { not: Prisma.DbNull }, ...ofTenant(tenantId) },
    select: { tenantId: true, scriptId: true, materializeFailure: true },
    take: LIMIT,
  });
  return rows.map((row) => {
    const failure = row.materializeFailure as {
      sequence?: number;
      message?: string;
      attempts?: number;
      at?: string;
    };
    return {
      kind: "script",
      tenant: row.tenantId,
      id: row.scriptId,
      since: failure.at === undefined ? now : new Date(failure.at),
      why: `cannot be materialized at command ${failure.sequence}, ${failure.attempts} attempt(s): ${failure.message}`,
    };
  });
}

async function findScriptsBehind(prisma: PrismaClient, { before, tenantId }: Question): Promise<Stuck[]> {
  const rows = await prisma.scriptStream.findMany({
    where: {
      materializeFailure: { equals: Prisma.DbNull },
      headSequence: { gt: prisma.scriptStream.fields.materializedSequence },
      script: { updatedAt: { lt: before } },
      ...ofTenant(tenantId),
    },
    select: {
      tenantId: true,
      scriptId: true,
      headSequence: true,
      materializedSequence: true,
      script: { select: { updatedAt: true } },
    },
    take: LIMIT,
  });
  return rows.map(({ tenantId, scriptId, headSequence, materializedSequence, script }) => ({
    kind: "behind",
    tenant: tenantId,
    id: scriptId,
    since: script.updatedAt,
    why: `is materialized up to command ${materializedSequence} of ${headSequence}; the sweeper should have seen to it`,
  }));
}

async function findCommands(prisma: PrismaClient, { before, tenantId }: Question): Promise<Stuck[]> {
  const rows = await selectStuckCommands(prisma, { tenantId, before, limit: LIMIT });
  return rows.map(({ tenantId, id, command, status, attempts, since }) => ({
    kind: "command",
    tenant: tenantId,
    id,
    since,
    why: `${command} is ${status} after ${attempts} attempt(s)`,
  }));
}

async function findEvents(prisma: PrismaClient, { before, tenantId }: Question): Promise<Stuck[]> {
  const rows = await prisma.domainEvent.findMany({
    where: { isStamped: false, occurredAt: { lt: before }, ...ofTenant(tenantId) },
    orderBy: { ordinal: "asc" },
    select: { tenantId: true, id: true, type: true, occurredAt: true },
    take: LIMIT,
  });
  return rows.map(({ tenantId, id, type, occurredAt }) => ({
    kind: "event",
    tenant: tenantId,
    id,
    since: occurredAt,
    why: `${type} has no place in the feed yet: no stamper runs`,
  }));
}

async function findRuns(prisma: PrismaClient, { before, tenantId }: Question): Promise<Stuck[]> {
  const rows = await prisma.scriptRun.findMany({
    where: { status: "RUNNING", actionDueAt: { lt: before }, ...ofTenant(tenantId) },
    orderBy: { actionDueAt: "asc" },
    select: { tenantId: true, id: true, currentNodeId: true, actionDueAt: true },
    take: LIMIT,
  });
  return rows.map(({ tenantId, id, currentNodeId, actionDueAt }) => ({
    kind: "run",
    tenant: tenantId,
    id,
    since: actionDueAt!,
    why: `stands at node ${currentNodeId}, and should have been moved on by then: its action is overdue, or its walk not finished`,
  }));
}

// A process that stopped in order takes its row along; one that died leaves it for an hour.
async function findProcesses(prisma: PrismaClient, { before, tenantId }: Question): Promise<Stuck[]> {
  if (tenantId !== null) return [];
  const rows = await prisma.processHeartbeat.findMany({ where: { beatAt: { lt: before } }, take: LIMIT });
  const alive = await prisma.processHeartbeat.findMany({
    where: { beatAt: { gte: before } },
    select: { part: true },
  });
  const parts = new Set(alive.map(({ part }) => part));
  // One that died and has a successor is nobody's trouble.
  return rows
    .filter(({ part }) => !parts.has(part))
    .map(({ part, host, id, beatAt }) => ({
      kind: "process",
      tenant: null,
      id,
      since: beatAt,
      why: `the last ${part} (on ${host}) is gone and no other has taken its place`,
    }));
}

function ofTenant(tenantId: string | null): { tenantId?: string } {
  return tenantId === null ? {} : { tenantId };
}
