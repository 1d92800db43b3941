import { Prisma } from "../../src/db/generated/client.ts";
import { readLegacyRun } from "../../src/compat/readLegacyRun.sql.ts";
import type { LegacyRun, LegacyRunRow } from "../../src/guidance/legacyRows.ts";
import { planRun, type RunContext, type RunPlan } from "../../src/guidance/planRun.ts";
import { planScript } from "../../src/guidance/planScript.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { hashJson } from "../../src/kernel/sha256.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import type {
  BackfillUnit,
  MoveSettings,
  Prepared,
  ReadTx,
  RowKey,
  WriteContext,
  WriteOutcome,
} from "../core/definition.ts";
import { countRuns, findHighestRunId, listRunIds } from "./readRuns.sql.ts";
import { findScript } from "./findScript.sql.ts";
import { planOptions } from "./planOptions.ts";
import { readScript } from "./readScripts.sql.ts";

/** Runs with their answers: each becomes a run of the version that stands in its version's place. */
export const runsUnit: BackfillUnit = {
  name: "runs",
  legacyTable: "ScriptRun",
  kind: "run",
  batchSize: 100,
  needsVersions: true,
  countRows: countRuns,
  findUpperBound: async (tx) => {
    const id = await findHighestRunId(tx);
    return id === null ? null : [id];
  },
  listKeys: async (tx, { after, upTo, limit }) =>
    (await listRunIds(tx, { after: after?.[0] ?? null, upTo: upTo[0]!, limit })).map((id) => [id]),
  prepare,
  preview,
  // They are listed with the scripts.
  listStrays: async () => [],
  // A run that has ended never changes, and one that goes on does so wherever it is asked to: it stays.
  takeBack: async () => undefined,
};

async function prepare(tx: ReadTx, [id]: RowKey, settings: MoveSettings): Promise<Prepared> {
  const legacy = await readLegacyRun(tx, id!);
  if (!legacy) return { kind: "gone" };
  return toPlanned(legacy, await findContext(tx, legacy.row), settings);
}

/** Where its script is not moved yet, the script is mapped once more for it. */
async function preview(tx: ReadTx, [id]: RowKey, settings: MoveSettings): Promise<Prepared> {
  const legacy = await readLegacyRun(tx, id!);
  if (!legacy) return { kind: "gone" };
  const found = await findContext(tx, legacy.row);
  const context = found.kind === "script_not_moved" ? await planContext(tx, legacy.row, settings) : found;
  return toPlanned(legacy, context, settings);
}

async function planContext(tx: ReadTx, row: LegacyRunRow, settings: MoveSettings): Promise<RunContext> {
  const script = await readScript(tx, row.scriptId);
  if (!script) return { kind: "script_missing" };
  const plan = planScript(script, planOptions(settings));
  if (plan.kind === "blocked") return { kind: "script_not_moved" };
  const { tenantId, scriptId, versions } = plan;
  const version = versions.find((one) => one.version === row.scriptVersion && one.facts !== null);
  return { kind: "moved", tenantId, scriptId, document: version?.document };
}

function toPlanned(legacy: LegacyRun, context: RunContext, { asOf }: MoveSettings): Prepared {
  const plan = planRun(legacy, context, { asOf });
  return plan.kind === "blocked"
    ? { kind: "quarantined", rows: plan.quarantined }
    : toPrepared(legacy.row.id, plan);
}

async function findContext(
  tx: ReadTx,
  { scriptId: legacyScriptId, scriptVersion: version }: LegacyRunRow,
): Promise<RunContext> {
  const moved = await tx.backfillIdMap.findUnique({
    where: {
      backfill_legacyTable_legacyId_kind: {
        backfill: "guidance",
        legacyTable: "Script",
        legacyId: legacyScriptId,
        kind: "script",
      },
    },
    select: { tenantId: true, newId: true },
  });
  if (!moved) return { kind: (await findScript(tx, legacyScriptId)) ? "script_not_moved" : "script_missing" };
  const { tenantId, newId: scriptId } = moved;
  const document = await findDocument(tx, { tenantId, scriptId, version, legacyScriptId });
  return { kind: "moved", tenantId, scriptId, document };
}

/** The document of a version that legacy guidance had; one that only fills a gap is nobody's to run. */
async function findDocument(
  tx: ReadTx,
  key: {
    readonly tenantId: string;
    readonly scriptId: string;
    readonly version: number;
    readonly legacyScriptId: string;
  },
): Promise<ScriptDocument | undefined> {
  const { tenantId, scriptId, version } = key;
  const mapped = await tx.backfillIdMap.findFirst({
    where: { backfill: "guidance", tenantId, kind: "version", newId: `${scriptId}/${version}` },
    select: { legacyId: true },
  });
  if (!mapped) return undefined;
  const row = await tx.scriptVersion.findUnique({
    where: { tenantId_scriptId_version: { tenantId, scriptId, version } },
    select: { graphJson: true, variablesDef: true },
  });
  return row === null ? undefined : (row as unknown as ScriptDocument);
}

type PlannedRunRows = Extract<RunPlan, { kind: "planned" }>;

function toPrepared(legacyId: string, plan: PlannedRunRows): Prepared {
  const { tenantId, run } = plan;
  const wanted = summarize(plan.run, plan.variables, plan.log);
  return {
    kind: "prepared",
    legacyId,
    sourceHash: hashJson(wanted),
    idMap: plan.idMap.map((entry) =>
      entry.kind === "run" ? { ...entry, facts: plan.facts as unknown as Json } : entry,
    ),
    quarantined: plan.quarantined,
    findings: plan.findings,
    write: (context) => writeRun(context, legacyId, plan),
    hashCanonical: async (tx) => {
      const found = await readCanonical(tx, { tenantId, id: run.id, logLength: run.logLength });
      return found === undefined ? null : hashJson(found);
    },
    explain: async (tx) => {
      const found = await readCanonical(tx, { tenantId, id: run.id, logLength: run.logLength });
      return { legacy: wanted, canonical: found ?? null };
    },
  };
}

/** What both sides say of a run. One that went on after the move is compared by what it was when it was moved. */
function summarize(
  run: Pick<PlannedRunRows["run"], "scriptId" | "version" | "startedById" | "startedAt" | "subjectId">,
  variables: readonly { readonly key: string }[],
  log: readonly { readonly ordinal: number; readonly entry: unknown; readonly occurredAt: Date }[],
): { [name: string]: Json } {
  return {
    scriptId: run.scriptId,
    version: run.version,
    startedById: run.startedById,
    subjectId: run.subjectId,
    startedAt: run.startedAt.toISOString(),
    variables: variables.map(({ key }) => key).toSorted(),
    log: log.map(({ ordinal, entry, occurredAt }) => ({
      ordinal,
      entry: entry as Json,
      occurredAt: occurredAt.toISOString(),
    })),
  };
}

async function readCanonical(
  tx: ReadTx,
  { tenantId, id, logLength }: { readonly tenantId: string; readonly id: string; readonly logLength: number },
): Promise<{ [name: string]: Json } | undefined> {
  const run = await tx.scriptRun.findUnique({
    where: { tenantId_id: { tenantId, id } },
    include: {
      variables: { select: { key: true } },
      logs: { where: { ordinal: { lte: logLength } }, orderBy: { ordinal: "asc" } },
    },
  });
  return run ? summarize(run, run.variables, run.logs) : undefined;
}

async function writeRun({ tx }: WriteContext, legacyId: string, plan: PlannedRunRows): Promise<WriteOutcome> {
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
  const found = await readCanonical(tx, { tenantId, id: run.id, logLength: there.logLength });
  const known = log.slice(0, there.logLength);
  if (hashJson(found!["log"]!) !== hashJson(summarize(run, [], known)["log"]!)) return changedSince(legacyId);
  if (hashJson(found!) === hashJson(summarize(run, variables, log))) return { kind: "written" };
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
