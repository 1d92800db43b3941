import { z } from "zod";
import type { PrismaClient, RunStatus } from "../db/generated/client.ts";
import { cursorTime, decodeCursor, encodeCursor, toPage, type Page } from "./cursor.ts";
import { RUN_SUMMARY_COLUMNS, type RunSummaryRow } from "./runRow.ts";

export interface ListRunsInput {
  readonly tenantId: string;
  readonly scriptId?: string | undefined;
  readonly status?: RunStatus | undefined;
  /** Runs that started at or after this. */
  readonly from?: Date | undefined;
  /** Runs that started before this. */
  readonly to?: Date | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A tenant's runs, the one that started last first. */
export async function listRuns(
  deps: { readonly prisma: Pick<PrismaClient, "scriptRun"> },
  input: ListRunsInput,
): Promise<Page<RunSummaryRow> | { readonly kind: "invalid_cursor" }> {
  const { tenantId, scriptId, status, from, to, cursor, limit } = input;
  const after = cursor === undefined ? [] : decodeCursor("runs", cursor, [cursorTime, cursorId]);
  if (!after) return { kind: "invalid_cursor" };
  const [startedAt, id] = after;
  const rows = await deps.prisma.scriptRun.findMany({
    where: {
      tenantId,
      ...(scriptId === undefined ? {} : { scriptId }),
      ...(status === undefined ? {} : { status }),
      startedAt: { ...(from && { gte: from }), ...(to && { lt: to }) },
      ...(startedAt === undefined || id === undefined
        ? {}
        : { OR: [{ startedAt: { lt: startedAt } }, { startedAt, id: { lt: id } }] }),
    },
    orderBy: [{ startedAt: "desc" }, { id: "desc" }],
    take: limit + 1,
    select: RUN_SUMMARY_COLUMNS,
  });
  return toPage(rows, limit, (row) => encodeCursor("runs", [row.startedAt.getTime(), row.id]));
}

const cursorId = z.string().regex(/^[\x21-\x7e]{1,200}$/);
