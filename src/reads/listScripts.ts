import { z } from "zod";
import type { PrismaClient, Script, ScriptStatus } from "../db/generated/client.ts";
import { cursorTime, decodeCursor, encodeCursor, toPage, type Page } from "./cursor.ts";

export interface ListScriptsInput {
  readonly tenantId: string;
  /** Part of the name or slug, in any case. */
  readonly q?: string | undefined;
  readonly status?: ScriptStatus | undefined;
  readonly label?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** A tenant's scripts, the newest first. */
export async function listScripts(
  deps: { readonly prisma: Pick<PrismaClient, "script"> },
  input: ListScriptsInput,
): Promise<Page<Script> | { readonly kind: "invalid_cursor" }> {
  const after =
    input.cursor === undefined ? [] : decodeCursor("scripts", input.cursor, [cursorTime, cursorId]);
  if (!after) return { kind: "invalid_cursor" };
  const [createdAt, id] = after;
  const rows = await deps.prisma.script.findMany({
    where: {
      tenantId: input.tenantId,
      ...(input.status === undefined ? {} : { status: input.status }),
      ...(input.label === undefined ? {} : { labels: { has: input.label } }),
      AND: [
        input.q === undefined ? {} : nameContains(input.q),
        createdAt === undefined || id === undefined
          ? {}
          : { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] },
      ],
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    take: input.limit + 1,
  });
  return toPage(rows, input.limit, (row) => encodeCursor("scripts", [row.createdAt.getTime(), row.id]));
}

const cursorId = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/);

function nameContains(q: string) {
  // Prisma hands the text to LIKE as it is: % and _ would match anything.
  const contains = q.replaceAll(/[\\%_]/gu, "\\$&");
  return {
    OR: [
      { name: { contains, mode: "insensitive" as const } },
      { slug: { contains, mode: "insensitive" as const } },
    ],
  };
}
