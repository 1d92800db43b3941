import type { Prisma, PrismaClient, Script } from "../db/generated/client.ts";
import { VERSION_COLUMNS, type VersionRow } from "./versionColumns.ts";

export interface ScriptWithStream extends Script {
  readonly headSequence: number;
  readonly materializedSequence: number;
  /** What the materializer wrote there: see recordFailure. */
  readonly materializeFailure: Prisma.JsonValue;
}

type Deps = { readonly prisma: Pick<PrismaClient, "script"> };
type Key = { readonly tenantId: string; readonly scriptId: string };

const STREAM_COLUMNS = { headSequence: true, materializedSequence: true, materializeFailure: true } as const;

/** A script and where its log stands; undefined when the tenant has no such script. */
export async function getScript(deps: Deps, key: Key): Promise<ScriptWithStream | undefined> {
  const row = await deps.prisma.script.findUnique({
    where: { tenantId_id: { tenantId: key.tenantId, id: key.scriptId } },
    include: { stream: { select: STREAM_COLUMNS } },
  });
  if (!row?.stream) return undefined;
  const { stream, ...script } = row;
  return { ...script, ...stream };
}

/** The same with its published version. */
export async function getScriptWithActiveVersion(
  deps: Deps,
  key: Key,
): Promise<(ScriptWithStream & { readonly activeVersion: VersionRow | null }) | undefined> {
  const row = await deps.prisma.script.findUnique({
    where: { tenantId_id: { tenantId: key.tenantId, id: key.scriptId } },
    include: { stream: { select: STREAM_COLUMNS }, activeVersion: { select: VERSION_COLUMNS } },
  });
  if (!row?.stream) return undefined;
  const { stream, ...script } = row;
  return { ...script, ...stream };
}
