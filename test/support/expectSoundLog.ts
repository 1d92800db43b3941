import { expect } from "vitest";
import type { PrismaClient } from "../../src/db/generated/client.ts";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { chainHash, GENESIS_HASH } from "../../src/log/chainHash.ts";
import type { LogRow, ScriptKey } from "../../src/log/logRow.ts";
import { readCommands } from "../../src/log/readCommands.ts";
import { applyPatch } from "../../src/scripts/applyPatch.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { replay } from "../../src/scripts/replay.ts";

/**
 * Reads a script's whole log and holds the promises against it: 1..n without gaps up to the head, an unbroken
 * hash chain, and patches that lead from each state to the next and back. Returns the log.
 */
export async function expectSoundLog(prisma: PrismaClient, key: ScriptKey): Promise<LogRow[]> {
  const log = await readCommands({ prisma }, { ...key, after: 0, limit: 100_000 });
  const stream = await prisma.scriptStream.findUniqueOrThrow({ where: { tenantId_scriptId: key } });
  expect(log.map((row) => row.sequence)).toEqual(
    Array.from({ length: stream.headSequence }, (_, i) => i + 1),
  );
  let hash = GENESIS_HASH;
  let state = EMPTY_STATE;
  for (const row of log) {
    hash = chainHash(hash, row);
    expect(row.chainHash, `chain at sequence ${row.sequence}`).toBe(hash);
    const next = replay(state, [row]);
    expect(canonicalJson(applyPatch(state, row.patch))).toBe(canonicalJson(next));
    expect(canonicalJson(applyPatch(next, row.inversePatch))).toBe(canonicalJson(state));
    state = next;
  }
  expect(stream.chainHash).toBe(hash);
  return log;
}
