import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { OpsError } from "../frame/opsError.ts";

/**
 * Lets a sealed version become what its log gives, in the role script_operator. Throws OpsError when no rebuild found
 * it to differ.
 */
export async function acceptVersion(
  deps: { readonly prisma: Pick<PrismaClient, "scriptVersionRebuild">; readonly now: () => Date },
  key: ScriptKey,
  input: { readonly version: number; readonly reason: string; readonly by: string },
): Promise<void> {
  const { version, reason, by } = input;
  const found = await deps.prisma.scriptVersionRebuild.findFirst({
    where: { ...key, version, switchedAt: null },
    orderBy: { builtAt: "desc" },
    select: { rebuildId: true },
  });
  if (!found)
    throw new OpsError(
      `No rebuild has found version ${version} of ${key.scriptId} to differ. Run "ops rebuild --script ${key.scriptId}" first and look at what it says.`,
    );
  await deps.prisma.scriptVersionRebuild.updateMany({
    where: { ...key, version, rebuildId: found.rebuildId },
    data: { acceptedAt: deps.now(), acceptedById: by, reason },
  });
}
