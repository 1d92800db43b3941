import type { PrismaClient } from "../../db/generated/client.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { OpsError } from "../frame/opsError.ts";

/** A place in a script's log, and how it was named. */
export interface Point {
  readonly sequence: number;
  readonly name: string;
}

type Deps = { readonly prisma: Pick<PrismaClient, "scriptStream" | "scriptVersion" | "scriptCommand"> };

/**
 * Finds a place in a log by what a person calls it: 3 or v3 (the end of version 3), @120 (command 120), head, draft
 * or a time (the last command until then). Throws OpsError when the log has no such place.
 */
export async function findPoint(deps: Deps, key: ScriptKey, text: string): Promise<Point> {
  const head = await findHead(deps, key);
  const sequence = /^@(\d+)$/.exec(text)?.[1];
  if (sequence !== undefined) return within(Number(sequence), head, text);
  const version = /^v?(\d+)$/.exec(text)?.[1];
  if (version !== undefined) return endOfVersion(deps, key, Number(version));
  if (text === "head" || text === "draft") return { sequence: head, name: `@${head} (head)` };
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return lastUntil(deps, key, time);
  throw new OpsError(
    `"${text}" names no place in the log. Give a version (3 or v3), a sequence (@120), head, or a time (2026-11-21T10:00:00Z).`,
  );
}

async function findHead({ prisma }: Deps, key: ScriptKey): Promise<number> {
  const stream = await prisma.scriptStream.findUniqueOrThrow({
    where: { tenantId_scriptId: key },
    select: { headSequence: true },
  });
  return stream.headSequence;
}

function within(sequence: number, head: number, text: string): Point {
  if (sequence < 1 || sequence > head)
    throw new OpsError(`There is no command ${text}: the log goes from @1 to @${head}.`);
  return { sequence, name: `@${sequence}` };
}

async function endOfVersion({ prisma }: Deps, key: ScriptKey, version: number): Promise<Point> {
  const row = await prisma.scriptVersion.findUnique({
    where: { tenantId_scriptId_version: { ...key, version } },
    select: { toSequence: true },
  });
  if (!row) {
    const { _max } = await prisma.scriptVersion.aggregate({ where: { ...key }, _max: { version: true } });
    throw new OpsError(
      `Script ${key.scriptId} has no version ${version}; its highest is ${_max.version ?? "none"}. For command ${version} write @${version}.`,
    );
  }
  return { sequence: row.toSequence, name: `version ${version} (@${row.toSequence})` };
}

// Times never go back within a script, so the last by time is the last by sequence.
async function lastUntil({ prisma }: Deps, key: ScriptKey, time: Date): Promise<Point> {
  const row = await prisma.scriptCommand.findFirst({
    where: { ...key, createdAt: { lte: time } },
    orderBy: { sequence: "desc" },
    select: { sequence: true },
  });
  if (!row) throw new OpsError(`Script ${key.scriptId} had no commands yet at ${time.toISOString()}.`);
  return { sequence: row.sequence, name: `@${row.sequence} (${time.toISOString()})` };
}
