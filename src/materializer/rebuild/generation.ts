import type { Prisma, PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import type { PlannedVersion } from "../materialization.ts";

type Worker = { readonly prisma: Pick<PrismaClient, "scriptVersionRebuild"> };

/** Forgets what an earlier rebuild of the script left behind; what an operator accepted stays. */
export async function clearGeneration({ prisma }: Worker, key: ScriptKey): Promise<void> {
  await prisma.scriptVersionRebuild.deleteMany({ where: { ...key, acceptedAt: null } });
}

/** Keeps a version of the new generation beside the live row that it differs from. */
export async function keepVersion(
  { prisma }: Worker,
  key: ScriptKey,
  input: {
    readonly rebuildId: string;
    readonly planned: PlannedVersion;
    readonly difference: string;
    readonly now: Date;
  },
): Promise<void> {
  const { planned, rebuildId, difference, now } = input;
  const { snapshot, exists: _exists, ...columns } = planned;
  await prisma.scriptVersionRebuild.createMany({
    data: [
      {
        ...key,
        ...columns,
        rebuildId,
        difference,
        graphJson: snapshot.graphJson as unknown as Prisma.InputJsonValue,
        variablesDef: snapshot.variablesDef,
        streamJson: snapshot.streamJson as unknown as Prisma.InputJsonValue,
        graphHash: snapshot.graphHash,
        stateHash: snapshot.stateHash,
        builtAt: now,
      },
    ],
  });
}
