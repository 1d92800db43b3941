import { canonicalId } from "../../src/guidance/names.ts";
import { planScript, type ScriptPlan } from "../../src/guidance/planScript.ts";
import { hashJson } from "../../src/kernel/sha256.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import type { BackfillUnit, IdMapEntry, MoveSettings, Prepared, ReadTx, RowKey } from "../core/definition.ts";
import { archiveScript } from "../core/archiveScript.ts";
import { explainDifference, summarizePlan, summarizeServed } from "./hashScript.ts";
import { planOptions } from "./planOptions.ts";
import { countScripts, findHighestScriptId, listScriptIds, readScript } from "./readScripts.sql.ts";
import { readStrays } from "./readStrays.sql.ts";
import { writeScript } from "./writeScript.ts";

/** Scripts with their versions, nodes, edges and variables: each becomes the log of one canonical script. */
export const scriptsUnit: BackfillUnit = {
  name: "scripts",
  legacyTable: "Script",
  kind: "script",
  batchSize: 20,
  needsVersions: false,
  countRows: countScripts,
  findUpperBound: async (tx) => toKey(await findHighestScriptId(tx)),
  listKeys: async (tx, { after, upTo, limit }) =>
    (await listScriptIds(tx, { after: after?.[0] ?? null, upTo: upTo[0]!, limit })).map((id) => [id]),
  prepare,
  listStrays: (tx) => readStrays(tx),
  takeBack: (context, { tenantId, newId }) =>
    archiveScript(context, { tenantId, scriptId: newId, backfill: "guidance", legacyId: newId }),
};

function toKey(id: string | null): RowKey | null {
  return id === null ? null : [id];
}

async function prepare(tx: ReadTx, [id]: RowKey, settings: MoveSettings): Promise<Prepared> {
  const legacy = await readScript(tx, id!);
  if (!legacy) return { kind: "gone" };
  const options = planOptions(settings);
  const isSlugTaken = await isKeyOfAnother(tx, legacy.row, options.tenantForNull);
  const plan = planScript(legacy, { ...options, isSlugTaken });
  if (plan.kind === "blocked") return { kind: "quarantined", rows: plan.quarantined };
  return toPrepared(id!, plan);
}

/**
 * Whether the row's key is another script's slug. What was said of a row when it was moved is said of it for ever:
 * who has the slug today does not change what it became.
 */
async function isKeyOfAnother(
  tx: ReadTx,
  row: { readonly id: string; readonly tenantId: string | null; readonly key: string },
  tenantForNull: string | undefined,
): Promise<boolean> {
  const tenantId = row.tenantId ?? tenantForNull;
  if (tenantId === undefined) return false;
  const moved = await tx.backfillIdMap.findMany({
    where: { backfill: "guidance", legacyTable: "Script", legacyId: row.id },
    select: { kind: true, factsJson: true },
  });
  const script = moved.find(({ kind }) => kind === "script");
  const before = script?.factsJson as { readonly row?: { readonly key: string } } | undefined;
  if (script && before?.row?.key === row.key) return moved.some(({ kind }) => kind === "slug");
  const found = await tx.script.findUnique({
    where: { tenantId_slug: { tenantId, slug: row.key } },
    select: { id: true },
  });
  return found !== null && found.id !== canonicalId(tenantId, row.id);
}

function toPrepared(legacyId: string, plan: Extract<ScriptPlan, { kind: "planned" }>): Prepared {
  const key = { tenantId: plan.tenantId, scriptId: plan.scriptId };
  const summary = summarizePlan(plan);
  return {
    kind: "prepared",
    legacyId,
    sourceHash: hashJson(summary),
    idMap: plan.idMap.map((entry) => withFacts(entry, plan)),
    quarantined: plan.quarantined,
    findings: plan.findings,
    write: (context) => writeScript(context, plan, legacyId),
    hashCanonical: async (tx) => {
      const served = await summarizeServed(tx, key);
      return served === undefined ? null : hashJson(served);
    },
    explain: async (tx) => explainDifference(summary, await summarizeServed(tx, key)),
  };
}

function withFacts(entry: IdMapEntry, plan: Extract<ScriptPlan, { kind: "planned" }>): IdMapEntry {
  const version = plan.versions.find(({ facts }) => facts?.row.id === entry.legacyId);
  const facts = entry.kind === "script" ? plan.facts : entry.kind === "version" ? version?.facts : undefined;
  return facts ? { ...entry, facts: facts as unknown as Json } : entry;
}
