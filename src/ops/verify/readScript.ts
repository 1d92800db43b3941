import type { Prisma, PrismaClient } from "../../db/generated/client.ts";
import { ACCEPTANCE_PREFIX } from "../../materializer/rebuild/acceptanceId.ts";
import type { ScriptKey } from "../../log/logRow.ts";

/** A version's row without its documents. */
export interface VersionFacts {
  readonly id: string;
  readonly version: number;
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly isPublished: boolean;
  readonly sealedAt: Date | null;
  readonly changelog: string | null;
  readonly createdById: string;
  readonly createdAt: Date;
  readonly graphHash: string;
  readonly stateHash: string;
  readonly reducerVersion: number;
}

/** What the tables say about one script, all at one moment. */
export interface ScriptFacts {
  readonly stream: Prisma.ScriptStreamGetPayload<object>;
  readonly script: Prisma.ScriptGetPayload<object> | null;
  /** In order of their numbers. */
  readonly versions: readonly VersionFacts[];
  /** Highest sequence in the log; 0 when it is empty. */
  readonly lastSequence: number;
  readonly commands: number;
  /** Audit rows of batches up to the materialized sequence; those of accepted rebuilds are of no batch. */
  readonly auditRows: number;
}

/**
 * Reads a script's rows as they are at one moment, so that edits going on meanwhile look like no damage: the log
 * up to that head never changes any more. Undefined: there is no such stream.
 */
export async function readScript(
  deps: { readonly prisma: Pick<PrismaClient, "$transaction"> },
  key: ScriptKey,
): Promise<ScriptFacts | undefined> {
  return deps.prisma.$transaction(
    async (tx) => {
      const stream = await tx.scriptStream.findUnique({ where: { tenantId_scriptId: key } });
      if (!stream) return undefined;
      const script = await tx.script.findUnique({
        where: { tenantId_id: { tenantId: key.tenantId, id: key.scriptId } },
      });
      const versions = await tx.scriptVersion.findMany({
        where: { ...key },
        orderBy: { version: "asc" },
        select: VERSION_FACTS,
      });
      const log = await tx.scriptCommand.aggregate({
        where: { ...key },
        _max: { sequence: true },
        _count: { sequence: true },
      });
      const auditRows = await tx.scriptAuditLog.count({
        where: {
          ...key,
          toSequence: { lte: stream.materializedSequence },
          NOT: { batchId: { startsWith: ACCEPTANCE_PREFIX } },
        },
      });
      return {
        stream,
        script,
        versions,
        lastSequence: log._max.sequence ?? 0,
        commands: log._count.sequence,
        auditRows,
      };
    },
    { isolationLevel: "RepeatableRead", maxWait: 60_000, timeout: 10 * 60_000 },
  );
}

const VERSION_FACTS = {
  id: true,
  version: true,
  fromSequence: true,
  toSequence: true,
  isPublished: true,
  sealedAt: true,
  changelog: true,
  createdById: true,
  createdAt: true,
  graphHash: true,
  stateHash: true,
  reducerVersion: true,
} as const;
