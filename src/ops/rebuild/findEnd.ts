import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { ACCEPTANCE_PREFIX } from "../../materializer/rebuild/acceptanceId.ts";
import type { ScriptFacts } from "../verify/readScript.ts";

/**
 * The sequence up to which a script is materialized. The stream, the versions and the audit rows each say it, as they
 * are written together; where the first two differ, the third decides which of them was damaged.
 */
export async function findEnd(
  { prisma }: { readonly prisma: Pick<PrismaClient, "scriptAuditLog"> },
  key: ScriptKey,
  { stream, versions }: Pick<ScriptFacts, "stream" | "versions">,
): Promise<number> {
  const ofStream = stream.materializedSequence;
  const ofVersions = versions.at(-1)?.toSequence ?? 0;
  if (ofStream === ofVersions) return ofStream;
  const { _max } = await prisma.scriptAuditLog.aggregate({
    where: { ...key, NOT: { batchId: { startsWith: ACCEPTANCE_PREFIX } } },
    _max: { toSequence: true },
  });
  return _max.toSequence === ofVersions ? ofVersions : ofStream;
}
