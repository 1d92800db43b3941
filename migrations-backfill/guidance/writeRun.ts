import { Prisma } from "../../src/db/generated/client.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { hashJson } from "../../src/kernel/sha256.ts";
import type { ReadTx, WriteContext, WriteOutcome } from "../core/definition.ts";
import { summarizeCanonicalRun, summarizeRun, type PlannedRunRows } from "./summarizeRun.ts";

/** Writes the rows of a planned run, or brings those that are there up to it where they can follow. */
export async function writeRun(
  { tx }: WriteContext,
  legacyId: string,
  plan: PlannedRunRows,
): Promise<WriteOutcome> {
  const { tenantId, run, variables, log } = plan;
  const there = await tx.scriptRun.findUnique({
    where: { tenantId_id: { tenantId, id: run.id } },
    select: { id: true },
  });
  if (there) return catchUpRun(tx, legacyId, plan);
  const { status, endedAt, ...beginning } = run;
  // It runs until all that belongs to it is there: the variables of one that has ended take no more writes.
  await tx.scriptRun.create({
    data: { ...beginning, tenantId, state: toStateColumn(run), status: "RUNNING" },
  });
  await tx.scriptRunLog.createMany({ data: log.map((row) => toLogRow(tenantId, run.id, row)) });
  await tx.runVariable.createMany({ data: variables.map((row) => toVariableRow(tenantId, run.id, row)) });
  if (endedAt !== null)
    await tx.scriptRun.update({
      where: { tenantId_id: { tenantId, id: run.id } },
      data: { status, endedAt },
    });
  return { kind: "written" };
}

function toStateColumn({ state }: PlannedRunRows["run"]): Prisma.InputJsonValue | typeof Prisma.DbNull {
  return state === null ? Prisma.DbNull : (state as unknown as Prisma.InputJsonValue);
}

function toLogRow(
  tenantId: string,
  runId: string,
  row: PlannedRunRows["log"][number],
): Prisma.ScriptRunLogCreateManyInput {
  return { ...row, tenantId, runId, entry: row.entry as unknown as Prisma.InputJsonValue };
}

function toVariableRow(
  tenantId: string,
  runId: string,
  row: PlannedRunRows["variables"][number],
): Prisma.RunVariableCreateManyInput {
  const { jsonVal, ...columns } = row as typeof row & { readonly jsonVal?: Json };
  // JSON's null is a value; a column without one is PostgreSQL's.
  const json = jsonVal === null ? Prisma.JsonNull : (jsonVal as Prisma.InputJsonValue | undefined);
  return { ...columns, tenantId, runId, ...(json === undefined ? {} : { jsonVal: json }) };
}

/**
 * A run that is there already. Where the legacy one went on since, as after a reverse, it follows; where it says
 * other things of what had happened, or this one went on by itself, it stays as it is and says so.
 */
async function catchUpRun(tx: ReadTx, legacyId: string, plan: PlannedRunRows): Promise<WriteOutcome> {
  const { tenantId, run, variables, log } = plan;
  const there = await tx.scriptRun.findUniqueOrThrow({
    where: { tenantId_id: { tenantId, id: run.id } },
    select: { status: true, logLength: true },
  });
  const found = await summarizeCanonicalRun(tx, plan, there.logLength);
  const known = log.slice(0, there.logLength);
  if (hashJson(found!["log"]!) !== hashJson(summarizeRun(run, [], known)["log"]!))
    return changedSince(legacyId);
  if (hashJson(found!) === hashJson(summarizeRun(run, variables, log))) return { kind: "written" };
  if (there.status !== "RUNNING") return changedSince(legacyId);
  await tx.scriptRunLog.createMany({
    data: log.slice(there.logLength).map((row) => toLogRow(tenantId, run.id, row)),
  });
  for (const row of variables) {
    const { id, runId, tenantId: _, key, ...value } = toVariableRow(tenantId, run.id, row);
    await tx.runVariable.upsert({
      where: { tenantId_runId_key: { tenantId, runId, key } },
      create: { id, runId, tenantId, key, ...value },
      update: { ...NO_VALUE, ...value },
    });
  }
  const { status, endedAt, currentNodeId, logLength, updatedAt } = run;
  await tx.scriptRun.update({
    where: { tenantId_id: { tenantId, id: run.id } },
    data: { status, endedAt, currentNodeId, logLength, updatedAt, state: toStateColumn(run) },
  });
  return { kind: "written" };
}

const NO_VALUE = { strVal: null, numVal: null, boolVal: null, jsonVal: Prisma.DbNull };

function changedSince(legacyId: string): WriteOutcome {
  const message =
    "The legacy run was changed after it was moved, or another run has its id. Put it back as it was, or waive the difference.";
  return {
    kind: "quarantined",
    rows: [{ legacyTable: "ScriptRun", legacyId, code: "changed_since_moved", message }],
  };
}
