import type { PrismaClient } from "../db/generated/client.ts";
import { VERSION_COLUMNS, type VersionRow } from "./versionColumns.ts";

/** One version with its documents; undefined when there is none, or only an open one and draft was not asked for. */
export async function getVersion(
  deps: { readonly prisma: Pick<PrismaClient, "scriptVersion"> },
  input: {
    readonly tenantId: string;
    readonly scriptId: string;
    readonly version: number;
    readonly draft?: boolean;
  },
): Promise<VersionRow | undefined> {
  const { tenantId, scriptId, version } = input;
  const row = await deps.prisma.scriptVersion.findUnique({
    where: { tenantId_scriptId_version: { tenantId, scriptId, version } },
    select: VERSION_COLUMNS,
  });
  return row && (input.draft || row.sealedAt !== null) ? row : undefined;
}
