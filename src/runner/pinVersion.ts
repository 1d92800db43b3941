import type { TenantTx } from "../db/inTenant.ts";

export type PinOutcome =
  | { readonly kind: "pinned"; readonly version: number }
  | { readonly kind: "script_not_found" }
  | { readonly kind: "script_archived" }
  | { readonly kind: "no_active_version" }
  | { readonly kind: "version_not_found"; readonly version: number }
  | { readonly kind: "version_not_sealed"; readonly version: number };

/**
 * The version that a run starts on: the one that is named, else the active one.
 *
 * The script's row is not locked: every append updates it, and whoever archives or unpublishes a moment later finds
 * the run as if it had started a moment earlier. The version itself is sealed and stays.
 */
export async function pinVersion(
  tx: Pick<TenantTx, "script" | "scriptVersion">,
  input: { readonly tenantId: string; readonly scriptId: string; readonly version: number | undefined },
): Promise<PinOutcome> {
  const { tenantId, scriptId, version } = input;
  const script = await tx.script.findUnique({
    where: { tenantId_id: { tenantId, id: scriptId } },
    select: { status: true, activeVersion: { select: { version: true } } },
  });
  if (!script) return { kind: "script_not_found" };
  if (script.status === "ARCHIVED") return { kind: "script_archived" };
  if (version !== undefined) return pinNamed(tx, { tenantId, scriptId, version });
  const { activeVersion } = script;
  return activeVersion ? { kind: "pinned", version: activeVersion.version } : { kind: "no_active_version" };
}

async function pinNamed(
  tx: Pick<TenantTx, "scriptVersion">,
  key: { readonly tenantId: string; readonly scriptId: string; readonly version: number },
): Promise<PinOutcome> {
  const { version } = key;
  const row = await tx.scriptVersion.findUnique({
    where: { tenantId_scriptId_version: key },
    select: { sealedAt: true },
  });
  if (!row) return { kind: "version_not_found", version };
  return row.sealedAt ? { kind: "pinned", version } : { kind: "version_not_sealed", version };
}
