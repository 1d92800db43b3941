import type { PrismaClient, ScriptCommand } from "../db/generated/client.ts";
import type { Json } from "../kernel/canonicalJson.ts";
import type { Facts, PatchOperation } from "../scripts/storedCommand.ts";
import type { LogRow, ScriptKey } from "./logRow.ts";

export interface ReadCommandsDeps {
  readonly prisma: Pick<PrismaClient, "scriptCommand">;
}

/** Commands with after < sequence <= upTo, in order; at most limit of them. */
export async function readCommands(
  deps: ReadCommandsDeps,
  input: ScriptKey & { readonly after: number; readonly upTo?: number; readonly limit: number },
): Promise<LogRow[]> {
  const rows = await deps.prisma.scriptCommand.findMany({
    where: {
      tenantId: input.tenantId,
      scriptId: input.scriptId,
      sequence: { gt: input.after, ...(input.upTo === undefined ? {} : { lte: input.upTo }) },
    },
    orderBy: { sequence: "asc" },
    take: input.limit,
  });
  return rows.map(toLogRow);
}

/** Rows a reader holds in memory at once. */
const PAGE = 1_000;

/** All commands with after < sequence <= upTo, page by page, so that a log of any length fits in memory. */
export async function* readCommandPages(
  deps: ReadCommandsDeps,
  input: ScriptKey & { readonly after: number; readonly upTo: number },
): AsyncGenerator<LogRow[]> {
  let after = input.after;
  while (after < input.upTo) {
    const page = await readCommands(deps, { ...input, after, limit: PAGE });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    after = last.sequence;
  }
}

// The JSON columns hold what appendCommands wrote there; the generated types know only that they are JSON.
export function toLogRow(row: ScriptCommand): LogRow {
  return {
    ...row,
    payload: row.payload as { [key: string]: Json },
    facts: row.facts as unknown as Facts,
    patch: row.patch as unknown as PatchOperation[],
    inversePatch: row.inversePatch as unknown as PatchOperation[],
  };
}
