import type { Prisma, PrismaClient, ScriptVersionRebuild } from "../../db/generated/client.ts";
import { newId } from "../../kernel/newId.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { diffDocuments } from "../../reads/diffDocuments.ts";
import type { ScriptDocument } from "../../scripts/storedCommand.ts";
import type { Materialization } from "../materialization.ts";
import { versionRowId } from "../versionRowId.ts";
import { movePointers } from "../writeMaterialization.ts";
import { acceptanceId } from "./acceptanceId.ts";
import { lockStream } from "./lockStream.sql.ts";

export interface SwitchDeps {
  /** In the role script_worker, which writes versions. */
  readonly prisma: Pick<PrismaClient, "$transaction">;
  readonly now: () => Date;
}

/** A version of the new generation, and whether there is a sealed row that it would replace. */
export interface Replacement {
  readonly version: number;
  readonly rebuildId: string;
  readonly isMissing: boolean;
  readonly isSealed: boolean;
}

/** What a script's rows say of its versions, as the log gives it. */
export interface RebuiltPointers extends Pick<Materialization, "activeVersion" | "latestVersion"> {
  /** Up to where the versions reach. */
  readonly materializedSequence: number;
}

const TRANSACTION = { maxWait: 30_000, timeout: 120_000 };

/**
 * Puts a script's new generation in the place of the old one, in one transaction under the lock of its stream row:
 * nobody sees half of it, and no edit is materialized meanwhile. Writes no event and no outbox row; an audit row only
 * for a sealed version that an operator accepted.
 *
 * "moved": the script was materialized further since the generation was made; nothing is changed.
 */
export async function switchGeneration(
  deps: SwitchDeps,
  key: ScriptKey,
  input: {
    /** What the stream said when the new generation was made. */
    readonly materializedSequence: number;
    /** In order of their versions: each must continue the one before it. */
    readonly replacements: readonly Replacement[];
    /** Undefined: they are right. */
    readonly pointers: RebuiltPointers | undefined;
  },
): Promise<"switched" | "moved"> {
  return deps.prisma.$transaction(async (tx) => {
    const stream = await lockStream(tx, key);
    if (stream?.materializedSequence !== input.materializedSequence) return "moved";
    for (const replacement of input.replacements) await replace(deps, tx, key, replacement);
    if (input.pointers) await point(tx, key, input.pointers);
    return "switched";
  }, TRANSACTION);
}

async function point(
  tx: Prisma.TransactionClient,
  key: ScriptKey,
  { materializedSequence, ...pointers }: RebuiltPointers,
): Promise<void> {
  await movePointers(tx, key, pointers);
  await tx.scriptStream.updateMany({ where: { ...key }, data: { materializedSequence } });
}

async function replace(
  { now }: SwitchDeps,
  tx: Prisma.TransactionClient,
  key: ScriptKey,
  { version, rebuildId, isMissing, isSealed }: Replacement,
): Promise<void> {
  const where = { ...key, version, rebuildId };
  const made = await tx.scriptVersionRebuild.findUniqueOrThrow({
    where: { tenantId_scriptId_version_rebuildId: where },
  });
  if (isMissing) {
    const { fromSequence } = made;
    await tx.scriptVersion.createMany({
      data: [{ ...key, id: versionRowId(key, version), version, fromSequence, ...toRebuilt(made) }],
    });
  } else {
    if (isSealed) await tellOfAcceptance(tx, key, made, now());
    await tx.scriptVersion.updateMany({ where: { ...key, version }, data: toRebuilt(made) });
  }
  // After the row: the database lets a sealed row change while its acceptance is not used up.
  await tx.scriptVersionRebuild.updateMany({ where, data: { switchedAt: now() } });
}

function toRebuilt(made: ScriptVersionRebuild) {
  return {
    graphJson: made.graphJson as Prisma.InputJsonValue,
    variablesDef: made.variablesDef as Prisma.InputJsonValue,
    streamJson: made.streamJson as Prisma.InputJsonValue,
    graphHash: made.graphHash,
    stateHash: made.stateHash,
    reducerVersion: made.reducerVersion,
    toSequence: made.toSequence,
    changelog: made.changelog,
    createdById: made.createdById,
    createdAt: made.createdAt,
    sealedAt: made.sealedAt,
    // An open version is not published; the pointers say of the others which one is.
    ...(made.sealedAt === null ? { isPublished: false } : {}),
  };
}

/** Who changed what of a sealed version, and why. */
async function tellOfAcceptance(
  tx: Prisma.TransactionClient,
  key: ScriptKey,
  made: ScriptVersionRebuild,
  now: Date,
): Promise<void> {
  const live = await tx.scriptVersion.findUniqueOrThrow({
    where: { tenantId_scriptId_version: { ...key, version: made.version } },
    select: { graphJson: true, variablesDef: true },
  });
  await tx.scriptAuditLog.createMany({
    data: [
      {
        ...key,
        id: newId(now.getTime()),
        version: made.version,
        batchId: acceptanceId(made.rebuildId, made.version),
        actorType: "SYSTEM",
        actorId: made.acceptedById ?? "",
        action: "UPDATE",
        diffJson: describeChange(live as unknown as ScriptDocument, made as unknown as ScriptDocument),
        note: made.reason,
        correlationId: made.rebuildId,
        fromSequence: made.fromSequence,
        toSequence: made.toSequence,
        createdAt: now,
      },
    ],
  });
}

/** As a patch on the id-keyed state; of a row so damaged that it is no document, the whole documents. */
function describeChange(
  live: ScriptDocument,
  { graphJson, variablesDef }: ScriptDocument,
): Prisma.InputJsonValue {
  try {
    return diffDocuments(live, { graphJson, variablesDef }).patch as unknown as Prisma.InputJsonValue;
  } catch {
    const whole = [
      { op: "replace", path: "/graphJson", value: graphJson },
      { op: "replace", path: "/variablesDef", value: variablesDef },
    ];
    return whole as unknown as Prisma.InputJsonValue;
  }
}
