import type { Prisma, PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";

/** Why a script cannot be materialized, as ScriptStream.materializeFailure keeps it. */
export interface MaterializeFailure {
  /** The command that cannot be applied. */
  readonly sequence: number;
  readonly code: string;
  readonly message: string;
  /** How often this command failed. The sweeper waits longer after each. */
  readonly attempts: number;
  /** ISO 8601 time of the last attempt. */
  readonly at: string;
}

export interface RecordFailureDeps {
  readonly prisma: Pick<PrismaClient, "scriptStream">;
  readonly now: () => Date;
}

/** Notes on the stream row that a command cannot be applied, unless the script was materialized meanwhile. */
export async function recordFailure(
  deps: RecordFailureDeps,
  input: ScriptKey & {
    readonly materializedSequence: number;
    readonly sequence: number;
    readonly code: string;
    readonly message: string;
  },
): Promise<MaterializeFailure> {
  const key = { tenantId: input.tenantId, scriptId: input.scriptId };
  const stream = await deps.prisma.scriptStream.findUnique({
    where: { tenantId_scriptId: key },
    select: { materializeFailure: true },
  });
  const before = readFailure(stream?.materializeFailure ?? null);
  const failure: MaterializeFailure = {
    sequence: input.sequence,
    code: input.code,
    message: input.message,
    attempts: before?.sequence === input.sequence ? before.attempts + 1 : 1,
    at: deps.now().toISOString(),
  };
  await deps.prisma.scriptStream.updateMany({
    where: { ...key, materializedSequence: input.materializedSequence },
    data: { materializeFailure: failure as unknown as Prisma.InputJsonObject },
  });
  return failure;
}

/** What the column materializeFailure holds; only recordFailure writes it. */
export function readFailure(column: unknown): MaterializeFailure | null {
  return column as MaterializeFailure | null;
}
