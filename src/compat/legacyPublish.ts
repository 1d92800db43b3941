import type { TenantTx } from "../db/inTenant.ts";
import { versionSummaryFromRow } from "../guidance/legacyFromRows.ts";
import type { LegacyVersionSummary } from "../guidance/legacyShapes.ts";
import type { Outcome, PublishInput } from "./outcome.ts";
import { findLegacyVersionRow, lockLegacyScript } from "./readLegacyScript.sql.ts";

/** POST /guidance/scripts/:id/publish in the legacy tables: one version is ACTIVE, the one before it ARCHIVED. */
export async function publishInLegacy(
  deps: { readonly now: () => Date },
  tx: TenantTx,
  { tenantId, scriptId, version }: PublishInput,
): Promise<Outcome<LegacyVersionSummary>> {
  if (!(await lockLegacyScript(tx, { tenantId, id: scriptId }))) return { kind: "script_not_found" };
  const row = await findLegacyVersionRow(tx, { scriptId, version });
  if (!row) return { kind: "version_not_found", version };
  const now = deps.now();
  await tx.legacyScriptVersion.updateMany({
    where: { scriptId, status: "ACTIVE", id: { not: row.id } },
    data: { status: "ARCHIVED" },
  });
  await tx.legacyScriptVersion.updateMany({
    where: { id: row.id },
    data: { status: "ACTIVE", publishedAt: now },
  });
  await tx.legacyScript.updateMany({ where: { id: scriptId }, data: { updatedAt: now } });
  const after = (await findLegacyVersionRow(tx, { scriptId, version: row.version }))!;
  return { kind: "answered", answer: versionSummaryFromRow(after) };
}
