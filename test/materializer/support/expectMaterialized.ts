import { expect } from "vitest";
import type { PrismaClient, ScriptAuditLog, ScriptVersion } from "../../../src/db/generated/client.ts";
import type { ScriptKey } from "../../../src/log/logRow.ts";
import { readCommands } from "../../../src/log/readCommands.ts";
import { EMPTY_STATE } from "../../../src/scripts/emptyState.ts";
import { replay } from "../../../src/scripts/replay.ts";
import { toSnapshot } from "../../../src/scripts/snapshot.ts";

/**
 * Holds the promises about derived rows against a script that is fully materialized: versions partition the
 * log, each snapshot is what a replay from the first command gives, sealed rows are those that the log names,
 * each batch has one audit row, and the pointers say what the log says. Returns the rows.
 */
export async function expectMaterialized(
  prisma: PrismaClient,
  key: ScriptKey,
): Promise<{ versions: ScriptVersion[]; audit: ScriptAuditLog[] }> {
  const [stream, script, log, versions, audit] = await Promise.all([
    prisma.scriptStream.findUniqueOrThrow({ where: { tenantId_scriptId: key } }),
    prisma.script.findUniqueOrThrow({ where: { tenantId_id: { tenantId: key.tenantId, id: key.scriptId } } }),
    readCommands({ prisma }, { ...key, after: 0, limit: 100_000 }),
    prisma.scriptVersion.findMany({ where: key, orderBy: { version: "asc" } }),
    prisma.scriptAuditLog.findMany({ where: key, orderBy: { fromSequence: "asc" } }),
  ]);
  expect(stream).toMatchObject({ materializedSequence: stream.headSequence, materializeFailure: null });

  let state = EMPTY_STATE;
  let from = 1;
  for (const [place, row] of versions.entries()) {
    state = replay(state, log.slice(from - 1, row.toSequence));
    expect(row).toMatchObject({ version: place + 1, fromSequence: from, ...toSnapshot(state) });
    expect(row.id).toBe(`${key.scriptId}-v${row.version}`);
    if (row.sealedAt) expect(state.versions[row.version]).toMatchObject({ toSequence: row.toSequence });
    from = row.toSequence + 1;
  }
  expect(from, "versions cover the log").toBe(stream.headSequence + 1);
  expect(versions.slice(0, -1).every((row) => row.sealedAt !== null)).toBe(true);

  const batches = Map.groupBy(log, (row) => row.batchId);
  expect(audit.map((row) => [row.batchId, row.fromSequence, row.toSequence, row.diffJson])).toEqual(
    [...batches].map(([batchId, rows]) => [
      batchId,
      rows[0]!.sequence,
      rows.at(-1)!.sequence,
      rows.flatMap((row) => row.patch),
    ]),
  );
  for (const row of audit)
    expect(row.version).toBe(versions.find((version) => version.toSequence >= row.toSequence)!.version);

  const active = state.activeVersion === null ? null : `${key.scriptId}-v${state.activeVersion}`;
  expect(script).toMatchObject({ latestVersion: state.latestVersion, activeVersionId: active });
  expect(versions.filter((row) => row.isPublished).map((row) => row.id)).toEqual(
    active === null ? [] : [active],
  );
  return { versions, audit };
}
