import { Prisma } from "../db/generated/client.ts";
import { jsonInput } from "../db/jsonInput.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { versionRowId } from "./versionRowId.ts";
import type { AuditRow, Materialization, OpenVersion, PlannedVersion } from "./materialization.ts";

type Tx = Pick<Prisma.TransactionClient, "scriptVersion" | "scriptAuditLog" | "script" | "scriptStream">;

/**
 * Moves the open version's row on, or seals it. False when the row is not as the last materialization left it:
 * somebody else was here meanwhile.
 */
export async function moveOpenVersion(
  tx: Tx,
  key: ScriptKey,
  from: OpenVersion,
  to: PlannedVersion,
): Promise<boolean> {
  const moved = await tx.scriptVersion.updateMany({
    where: {
      tenantId: key.tenantId,
      scriptId: key.scriptId,
      version: from.version,
      sealedAt: null,
      toSequence: from.toSequence,
      stateHash: from.stateHash,
    },
    data: toVersionColumns(key, to),
  });
  return moved.count === 1;
}

/**
 * Moves the stream's materializedSequence on and says how long the log is now. Undefined when it is not at
 * `from` any more.
 *
 * One statement locks the row, compares, and reads: PostgreSQL, having waited for an append, looks at the row
 * anew. Until the commit no edit of the script is appended, so none is missed by who decides on the next job.
 */
export async function moveStream(
  tx: Tx,
  key: ScriptKey,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<{ headSequence: number } | undefined> {
  const [stream] = await tx.scriptStream.updateManyAndReturn({
    where: { tenantId: key.tenantId, scriptId: key.scriptId, materializedSequence: from },
    data: { materializedSequence: to, materializeFailure: Prisma.DbNull },
    select: { headSequence: true },
  });
  return stream;
}

/** Where a stream is moved from and to. */
export interface StreamMove {
  readonly key: ScriptKey;
  readonly from: number;
  readonly to: number;
}

/**
 * moveStream for many scripts whose rows are locked. Those that move on by the same number of commands share a
 * statement. False when one of them is not at its `from` any more.
 */
export async function moveStreams(tx: Tx, moves: readonly StreamMove[]): Promise<boolean> {
  for (const [increment, group] of Map.groupBy(moves, ({ from, to }) => to - from)) {
    const { count } = await tx.scriptStream.updateMany({
      where: { OR: group.map(({ key, from }) => ({ ...key, materializedSequence: from })) },
      data: { materializedSequence: { increment }, materializeFailure: Prisma.DbNull },
    });
    if (count !== group.length) return false;
  }
  return true;
}

/**
 * Creates the rows of the versions that have none yet, one by one: each holds a whole document, and together
 * they would be in memory as text at once.
 */
export async function createVersions(tx: Tx, key: ScriptKey, plan: Materialization): Promise<void> {
  for (const version of plan.versions)
    if (!version.exists)
      await tx.scriptVersion.create({
        data: toVersionColumns(key, version),
        select: { id: true },
      });
}

/** Audit rows of one statement: their diffs are as large as the edits were. */
const AUDIT_CHUNK = 500;

export async function writeAuditRows(tx: Tx, rows: readonly (ScriptKey & AuditRow)[]): Promise<void> {
  for (let from = 0; from < rows.length; from += AUDIT_CHUNK)
    await tx.scriptAuditLog.createMany({
      data: rows.slice(from, from + AUDIT_CHUNK).map((row) => ({
        ...row,
        diffJson: jsonInput(row.diffJson),
      })),
    });
}

/** Points the script at its latest and its published version. Their rows must be written. */
export async function movePointers(
  tx: Tx,
  key: ScriptKey,
  { activeVersion, latestVersion }: Pick<Materialization, "activeVersion" | "latestVersion">,
): Promise<void> {
  const activeVersionId = activeVersion === null ? null : versionRowId(key, activeVersion);
  const others = activeVersionId === null ? {} : { id: { not: activeVersionId } };
  // At most one version of a script is published: the old one gives way before the new one takes its place.
  await tx.scriptVersion.updateMany({
    where: { tenantId: key.tenantId, scriptId: key.scriptId, isPublished: true, ...others },
    data: { isPublished: false },
  });
  if (activeVersionId !== null)
    await tx.scriptVersion.updateMany({
      where: { tenantId: key.tenantId, id: activeVersionId, isPublished: false },
      data: { isPublished: true },
    });
  await tx.script.updateMany({
    where: { tenantId: key.tenantId, id: key.scriptId },
    data: { activeVersionId, latestVersion },
  });
}

function toVersionColumns(key: ScriptKey, planned: PlannedVersion): Prisma.ScriptVersionUncheckedCreateInput {
  const { snapshot, exists: _, ...columns } = planned;
  return {
    tenantId: key.tenantId,
    scriptId: key.scriptId,
    id: versionRowId(key, planned.version),
    ...columns,
    graphJson: jsonInput(snapshot.graphJson),
    variablesDef: jsonInput(snapshot.variablesDef),
    streamJson: jsonInput(snapshot.streamJson),
    graphHash: snapshot.graphHash,
    stateHash: snapshot.stateHash,
  };
}
