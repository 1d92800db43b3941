import { z } from "zod";
import type { PrismaClient, ScriptAuditLog } from "../db/generated/client.ts";
import { cursorTime, decodeCursor, encodeCursor, toPage, type Page } from "./cursor.ts";

/**
 * Who did what on a script, the newest first: one entry per submitted batch. Sorted by time and then by
 * sequence; times never go back within a script, so that is the order of the log.
 */
export async function listAudit(
  deps: { readonly prisma: Pick<PrismaClient, "scriptAuditLog"> },
  input: {
    readonly tenantId: string;
    readonly scriptId: string;
    readonly cursor?: string | undefined;
    readonly limit: number;
  },
): Promise<Page<ScriptAuditLog> | { readonly kind: "invalid_cursor" }> {
  const after =
    input.cursor === undefined ? [] : decodeCursor("audit", input.cursor, [cursorTime, z.int().positive()]);
  if (!after) return { kind: "invalid_cursor" };
  const [createdAt, toSequence] = after;
  const rows = await deps.prisma.scriptAuditLog.findMany({
    where: {
      tenantId: input.tenantId,
      scriptId: input.scriptId,
      ...(createdAt === undefined || toSequence === undefined
        ? {}
        : { OR: [{ createdAt: { lt: createdAt } }, { createdAt, toSequence: { lt: toSequence } }] }),
    },
    orderBy: [{ createdAt: "desc" }, { toSequence: "desc" }],
    take: input.limit + 1,
  });
  return toPage(rows, input.limit, (row) => encodeCursor("audit", [row.createdAt.getTime(), row.toSequence]));
}
