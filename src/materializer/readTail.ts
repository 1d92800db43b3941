import type { PrismaClient } from "../db/generated/client.ts";
import type { ScriptKey } from "../log/logRow.ts";
import { selectLogPage, type SizedLogRow } from "../log/selectLogPage.sql.ts";
import type { TailCommand } from "./materialization.ts";
import { sealsVersion } from "./planMaterialization.ts";

export interface ReadTailDeps {
  readonly prisma: Pick<PrismaClient, "$queryRaw">;
}

/** How much one materialization takes at once; a longer tail is left to the next job. */
export interface TailLimits {
  readonly commands: number;
  /** Stored size of the commands' JSON, compressed; in memory it is about ten times that. */
  readonly bytes: number;
  /** Each sealed version is a snapshot of the whole document. */
  readonly sealedVersions: number;
}

const TAIL_LIMITS: TailLimits = { commands: 5_000, bytes: 4 * 1024 * 1024, sealedVersions: 25 };

const PAGE_ROWS = 1_000;
const PAGE_BYTES = 1024 * 1024;

/** All commands with after < sequence <= upTo, in pages of at most 1,000 rows or about 1 MiB. */
export async function* readTailPages(
  deps: ReadTailDeps,
  input: ScriptKey & { readonly after: number; readonly upTo: number },
): AsyncGenerator<SizedLogRow[]> {
  let after = input.after;
  while (after < input.upTo) {
    const page = await selectLogPage(deps.prisma, {
      ...input,
      after,
      maxRows: PAGE_ROWS,
      maxBytes: PAGE_BYTES,
    });
    const last = page.at(-1);
    if (!last)
      throw new Error(
        `Script ${input.scriptId}: the log ends at ${after}, its head says ${input.upTo}. ` +
          `Look for commands that are missing between them.`,
      );
    yield page;
    after = last.sequence;
  }
}

/**
 * The commands after a sequence, up to the head, or to the end of the batch in which a limit is reached: a
 * batch has one audit row, so it is never divided.
 */
export async function readTail(
  deps: ReadTailDeps,
  input: ScriptKey & { readonly after: number; readonly headSequence: number },
  limits: TailLimits = TAIL_LIMITS,
): Promise<TailCommand[]> {
  const tail: TailCommand[] = [];
  const total = { commands: 0, bytes: 0, sealedVersions: 0 };
  for await (const page of readTailPages(deps, { ...input, upTo: input.headSequence }))
    for (const command of page) {
      if (isFull(total, limits) && tail.at(-1)?.batchId !== command.batchId) return tail;
      tail.push(command);
      total.commands++;
      total.bytes += command.bytes;
      if (sealsVersion(command)) total.sealedVersions++;
    }
  return tail;
}

function isFull(total: TailLimits, limits: TailLimits): boolean {
  return (
    total.commands >= limits.commands ||
    total.bytes >= limits.bytes ||
    total.sealedVersions >= limits.sealedVersions
  );
}
