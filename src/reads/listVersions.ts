import { z } from "zod";
import type { PrismaClient } from "../db/generated/client.ts";
import { decodeCursor, encodeCursor, toPage, type Page } from "./cursor.ts";
import { VERSION_SUMMARY_COLUMNS, type VersionSummaryRow } from "./versionColumns.ts";

/** A script's sealed versions, the newest first; with draft the open one as well. */
export async function listVersions(
  deps: { readonly prisma: Pick<PrismaClient, "scriptVersion"> },
  input: {
    readonly tenantId: string;
    readonly scriptId: string;
    readonly draft: boolean;
    readonly cursor?: string | undefined;
    readonly limit: number;
  },
): Promise<Page<VersionSummaryRow> | { readonly kind: "invalid_cursor" }> {
  const after =
    input.cursor === undefined ? [] : decodeCursor("versions", input.cursor, [z.int().positive()]);
  if (!after) return { kind: "invalid_cursor" };
  const rows = await deps.prisma.scriptVersion.findMany({
    where: {
      tenantId: input.tenantId,
      scriptId: input.scriptId,
      ...(after[0] === undefined ? {} : { version: { lt: after[0] } }),
      ...(input.draft ? {} : { sealedAt: { not: null } }),
    },
    orderBy: { version: "desc" },
    take: input.limit + 1,
    select: VERSION_SUMMARY_COLUMNS,
  });
  return toPage(rows, input.limit, (row) => encodeCursor("versions", [row.version]));
}
