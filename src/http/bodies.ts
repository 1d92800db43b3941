import type { Script, ScriptAuditLog } from "../db/generated/client.ts";
import type { LogRow } from "../log/logRow.ts";
import { readFailure } from "../materializer/recordFailure.ts";
import type { ScriptWithStream } from "../reads/getScript.ts";
import type { VersionRow, VersionSummaryRow } from "../reads/versionColumns.ts";
import { commandName } from "../scripts/registry.ts";
import type { GraphJson, PatchOperation, VariableDef } from "../scripts/storedCommand.ts";

/*
 * Rows as the API shows them: every member is named here, so that a new column shows up nowhere by itself,
 * and times become text.
 */

export function scriptBody(row: Script) {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    description: row.description,
    status: row.status,
    activeVersionId: row.activeVersionId,
    latestVersion: row.latestVersion,
    labels: row.labels,
    intents: row.intents,
    languageCodes: row.languageCodes,
    embeddingKey: row.embeddingKey,
    createdById: row.createdById,
    updatedById: row.updatedById,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function scriptWithStreamBody(row: ScriptWithStream) {
  return {
    ...scriptBody(row),
    headSequence: row.headSequence,
    materializedSequence: row.materializedSequence,
    materializeFailure: readFailure(row.materializeFailure),
  };
}

export function versionSummaryBody(row: VersionSummaryRow) {
  return {
    id: row.id,
    scriptId: row.scriptId,
    version: row.version,
    changelog: row.changelog,
    isPublished: row.isPublished,
    createdById: row.createdById,
    createdAt: row.createdAt.toISOString(),
    fromSequence: row.fromSequence,
    toSequence: row.toSequence,
    graphHash: row.graphHash,
    stateHash: row.stateHash,
    reducerVersion: row.reducerVersion,
    sealedAt: row.sealedAt?.toISOString() ?? null,
  };
}

export function versionBody(row: VersionRow) {
  return { ...versionSummaryBody(row), ...documentOf(row) };
}

/** The two documents of a version row; the materializer wrote them, so they are what the types say. */
export function documentOf(row: Pick<VersionRow, "graphJson" | "variablesDef">) {
  return {
    graphJson: row.graphJson as unknown as GraphJson,
    variablesDef: row.variablesDef as unknown as VariableDef[],
  };
}

export function auditBody(row: ScriptAuditLog) {
  return {
    id: row.id,
    version: row.version,
    batchId: row.batchId,
    action: row.action,
    actor: actorBody(row),
    diffJson: row.diffJson as unknown as PatchOperation[] | null,
    note: row.note,
    correlationId: row.correlationId,
    fromSequence: row.fromSequence,
    toSequence: row.toSequence,
    createdAt: row.createdAt.toISOString(),
  };
}

export function loggedCommandBody(row: LogRow) {
  return {
    sequence: row.sequence,
    id: row.id,
    commandId: row.commandId,
    batchId: row.batchId,
    command: commandName(row.type, row.typeVersion),
    payload: row.payload,
    facts: row.facts,
    patch: row.patch,
    inversePatch: row.inversePatch,
    actor: actorBody(row),
    correlationId: row.correlationId,
    causationId: row.causationId,
    note: row.note,
    reducerVersion: row.reducerVersion,
    chainHash: row.chainHash,
    createdAt: row.createdAt.toISOString(),
  };
}

function actorBody(row: Pick<LogRow, "actorType" | "actorId" | "onBehalfOf">) {
  const actor = { type: row.actorType, id: row.actorId };
  return row.onBehalfOf === null ? actor : { ...actor, onBehalfOf: row.onBehalfOf };
}
