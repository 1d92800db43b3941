import { readLegacyRun } from "../../src/compat/readLegacyRun.sql.ts";
import type { LegacyRun, LegacyRunRow } from "../../src/guidance/legacyRows.ts";
import { planRun, type RunContext } from "../../src/guidance/planRun.ts";
import { planScript } from "../../src/guidance/planScript.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { hashJson } from "../../src/kernel/sha256.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import type { BackfillUnit, MoveSettings, Prepared, ReadTx, RowKey } from "../core/definition.ts";
import { countRuns, findHighestRunId, listRunIds } from "./readRuns.sql.ts";
import { findScript } from "./findScript.sql.ts";
import { planOptions } from "./planOptions.ts";
import { readScript } from "./readScripts.sql.ts";
import { summarizeCanonicalRun, summarizeRun, type PlannedRunRows } from "./summarizeRun.ts";
import { writeRun } from "./writeRun.ts";

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

function toPrepared(legacyId: string, plan: PlannedRunRows): Prepared {
  const wanted = summarizeRun(plan.run, plan.variables, plan.log);
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
      const found = await summarizeCanonicalRun(tx, plan, plan.run.logLength);
      return found === undefined ? null : hashJson(found);
    },
    explain: async (tx) => ({
      legacy: wanted,
      canonical: (await summarizeCanonicalRun(tx, plan, plan.run.logLength)) ?? null,
    }),
  };
}
