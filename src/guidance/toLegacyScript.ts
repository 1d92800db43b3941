import { sameJson } from "../scripts/sameJson.ts";
import type { ScriptFacts, VersionFacts } from "./legacyFacts.ts";
import { scriptFromRow } from "./legacyFromRows.ts";
import type { LegacyScriptAnswer, LegacyScriptJson } from "./legacyShapes.ts";
import { toLegacyVersion } from "./toLegacyVersion.ts";
import type { CanonicalVersion } from "./toLegacyVersion.ts";

/** A script as the canonical tables have it. Times are ISO 8601. */
export interface CanonicalScript {
  readonly id: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string | null;
  readonly labels: readonly string[];
  readonly latestVersion: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** GET /guidance/scripts/:key from canonical data: the script and its published version. */
export function toLegacyScriptAnswer(
  script: CanonicalScript,
  scriptFacts: ScriptFacts | undefined,
  published: CanonicalVersion,
  versionFacts: VersionFacts | undefined,
): LegacyScriptAnswer {
  return { ...toLegacyScript(script, scriptFacts), version: toLegacyVersion(published, versionFacts) };
}

/** A script's own columns in their legacy shape. Without facts it was made after the move. */
function toLegacyScript(script: CanonicalScript, facts: ScriptFacts | undefined): LegacyScriptJson {
  const { id, tenantId, slug, name, description, labels, latestVersion, createdAt, updatedAt } = script;
  const now: LegacyScriptJson = {
    id,
    tenantId,
    key: slug,
    title: name,
    description,
    tags: labels,
    latestVersion,
    createdAt,
    updatedAt,
  };
  if (!facts) return now;
  const before = scriptFromRow(facts.row);
  const detailsStayed = sameJson({ name, description, labels }, facts.moved);
  const versionsStayed = latestVersion === facts.latestVersion;
  return {
    ...now,
    id: before.id,
    tenantId: before.tenantId,
    key: before.key,
    title: name === facts.moved.name ? before.title : name,
    description: description === facts.moved.description ? before.description : description,
    tags: sameJson(labels, facts.moved.labels) ? before.tags : labels,
    latestVersion: versionsStayed ? before.latestVersion : latestVersion,
    createdAt: before.createdAt,
    updatedAt: detailsStayed && versionsStayed ? before.updatedAt : updatedAt,
  };
}
