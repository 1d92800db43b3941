import type { Script } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import type { ScriptFacts, VersionFacts } from "../guidance/legacyFacts.ts";
import type { LegacyScriptAnswer } from "../guidance/legacyShapes.ts";
import { toLegacyScriptAnswer } from "../guidance/toLegacyScript.ts";
import type { CanonicalVersion } from "../guidance/toLegacyVersion.ts";
import { getScriptWithActiveVersion } from "../reads/getScript.ts";
import type { VersionRow } from "../reads/versionColumns.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { findFacts, findMovedByKey } from "./findMoved.sql.ts";
import { findPublishedAt } from "./findPublishedAt.sql.ts";

export interface ScriptByKey {
  readonly tenantId: string;
  readonly key: string;
}

/** GET /guidance/scripts/:key from the canonical tables; undefined when there is none, or none is published. */
export async function readCanonicalScript(
  tx: TenantTx,
  input: ScriptByKey,
): Promise<LegacyScriptAnswer | undefined> {
  const { tenantId } = input;
  const found = await findScript(tx, input);
  if (!found) return undefined;
  const { scriptId, facts } = found;
  const row = await getScriptWithActiveVersion({ prisma: tx }, { tenantId, scriptId });
  if (!row?.activeVersion || row.status === "ARCHIVED") return undefined;
  const { activeVersion } = row;
  const { canonical, facts: versionFacts } = await describeVersion(tx, tenantId, activeVersion);
  return toLegacyScriptAnswer(toCanonicalScript(row), facts, canonical, versionFacts);
}

/** The script of a legacy key: one that was moved from it, else one that was made since and has it for its slug. */
export async function findScript(
  tx: TenantTx,
  input: ScriptByKey,
): Promise<{ readonly scriptId: string; readonly facts: ScriptFacts | undefined } | undefined> {
  const { tenantId, key } = input;
  const moved = await findMovedByKey(tx, input);
  if (moved) return { scriptId: moved.newId, facts: moved.facts ?? undefined };
  const named = await tx.script.findUnique({
    where: { tenantId_slug: { tenantId, slug: key } },
    select: { id: true },
  });
  if (!named) return undefined;
  // A moved script that has another key answers to that one only, whatever its slug is.
  const facts = await findFacts(tx, { tenantId, kind: "script", newId: named.id });
  return facts ? undefined : { scriptId: named.id, facts };
}

/** A version with what its legacy row said. */
export async function describeVersion(
  tx: TenantTx,
  tenantId: string,
  row: VersionRow,
): Promise<{ readonly canonical: CanonicalVersion; readonly facts: VersionFacts | undefined }> {
  const { scriptId, version, graphJson, variablesDef, changelog, isPublished, createdAt } = row;
  const facts = await findFacts(tx, { tenantId, kind: "version", newId: `${scriptId}/${version}` });
  const publishedAt = await findPublishedAt(tx, { tenantId, scriptId, version });
  const canonical: CanonicalVersion = {
    scriptId,
    version,
    // The materializer wrote them, so they are what the type says.
    document: { graphJson, variablesDef } as unknown as ScriptDocument,
    changelog,
    isPublished,
    createdAt: createdAt.toISOString(),
    publishedAt,
  };
  return { canonical, facts };
}

function toCanonicalScript(row: Script) {
  const { id, tenantId, slug, name, description, labels, latestVersion, createdAt, updatedAt } = row;
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return { id, tenantId, slug, name, description, labels, latestVersion, ...times };
}
