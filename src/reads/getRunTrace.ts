import { z } from "zod";
import type { PrismaClient, ScriptRunLog } from "../db/generated/client.ts";
import { decodeCursor, encodeCursor, type Page } from "./cursor.ts";

type Deps = { readonly prisma: Pick<PrismaClient, "scriptRun" | "scriptRunLog"> };

export interface GetRunTraceInput {
  readonly tenantId: string;
  readonly runId: string;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** What happened in a run, from its start. A page of large entries is shorter than the limit. */
export async function getRunTrace(
  deps: Deps,
  { tenantId, runId, cursor, limit }: GetRunTraceInput,
): Promise<Page<ScriptRunLog> | { readonly kind: "invalid_cursor" } | { readonly kind: "run_not_found" }> {
  const after = cursor === undefined ? [] : decodeCursor("run_trace", cursor, [z.int().positive()]);
  if (!after) return { kind: "invalid_cursor" };
  const run = await deps.prisma.scriptRun.findUnique({
    where: { tenantId_id: { tenantId, id: runId } },
    select: { logLength: true },
  });
  if (!run) return { kind: "run_not_found" };
  const entries = await readEntries(deps, { tenantId, runId, limit, after: after[0] ?? 0 });
  const last = entries.at(-1)?.ordinal;
  const hasMore = last !== undefined && last < run.logLength;
  return { kind: "page", entries, nextCursor: hasMore ? encodeCursor("run_trace", [last]) : null };
}

/** A step that tried many conditions on long values takes 800 KB; most take 300 bytes. */
const CHUNK = 25;
const PAGE_BYTES = 2_000_000;

async function readEntries(
  { prisma }: Deps,
  input: Omit<GetRunTraceInput, "cursor"> & { readonly after: number },
): Promise<ScriptRunLog[]> {
  const { tenantId, runId, limit, after } = input;
  const entries: ScriptRunLog[] = [];
  for (let bytes = 0; entries.length < limit && bytes < PAGE_BYTES;) {
    const take = Math.min(CHUNK, limit - entries.length);
    const rows = await prisma.scriptRunLog.findMany({
      where: { tenantId, runId, ordinal: { gt: entries.at(-1)?.ordinal ?? after } },
      orderBy: { ordinal: "asc" },
      take,
    });
    entries.push(...rows);
    if (rows.length < take) break;
    bytes += JSON.stringify(rows).length;
  }
  return entries;
}
