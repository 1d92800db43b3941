import type { PrismaClient } from "../../db/generated/client.ts";
import { sha256 } from "../../kernel/sha256.ts";
import type { ScriptKey } from "../../log/logRow.ts";

export interface Selection {
  readonly tenantId: string | null;
  readonly scriptId: string | null;
  /** Only scripts with commands since then. */
  readonly since: Date | null;
  /** Only this many, or this share (0 to 1), by chance that the seed decides. */
  readonly sample: { readonly count: number } | { readonly share: number } | null;
  readonly seed: string;
}

const PAGE = 1_000;

type Deps = { readonly prisma: Pick<PrismaClient, "scriptStream"> };

/** Keys of the scripts that are selected, in key order, after one. A page of them in memory at a time. */
export async function* selectScripts(
  deps: Deps,
  selection: Selection,
  after: ScriptKey | undefined,
): AsyncGenerator<ScriptKey> {
  const { sample } = selection;
  if (sample && "count" in sample) {
    for (const key of await drawScripts(deps, selection, sample.count)) if (isAfter(key, after)) yield key;
    return;
  }
  for await (const key of readKeys(deps, selection, after))
    if (!sample || chanceOf(selection.seed, key) < sample.share) yield key;
}

/** How many commands the selected scripts have, for an estimate of the time; undefined for a sample. */
export async function countCommands(deps: Deps, selection: Selection): Promise<number | undefined> {
  if (selection.sample) return undefined;
  const sum = await deps.prisma.scriptStream.aggregate({
    where: whereOf(selection),
    _sum: { headSequence: true },
  });
  return sum._sum.headSequence ?? 0;
}

async function* readKeys(
  { prisma }: Deps,
  selection: Selection,
  after: ScriptKey | undefined,
): AsyncGenerator<ScriptKey> {
  let cursor = after;
  for (;;) {
    const page = await prisma.scriptStream.findMany({
      where: { AND: [whereOf(selection), cursor ? beyond(cursor) : {}] },
      orderBy: [{ tenantId: "asc" }, { scriptId: "asc" }],
      select: { tenantId: true, scriptId: true },
      take: PAGE,
    });
    yield* page;
    cursor = page.at(-1);
    if (!cursor) return;
  }
}

function whereOf({ tenantId, scriptId, since }: Selection) {
  return {
    ...(tenantId === null ? {} : { tenantId }),
    ...(scriptId === null ? {} : { scriptId }),
    // An append moves the script's updatedAt in the same transaction.
    ...(since === null ? {} : { script: { updatedAt: { gte: since } } }),
  };
}

function beyond({ tenantId, scriptId }: ScriptKey) {
  return { OR: [{ tenantId: { gt: tenantId } }, { tenantId, scriptId: { gt: scriptId } }] };
}

/** The scripts that the seed ranks first, in key order. Keeps no more than that many at a time. */
async function drawScripts(deps: Deps, selection: Selection, count: number): Promise<ScriptKey[]> {
  let drawn: { key: ScriptKey; chance: number }[] = [];
  const shrink = (): void => {
    drawn = drawn.toSorted((a, b) => a.chance - b.chance).slice(0, count);
  };
  for await (const key of readKeys(deps, selection, undefined)) {
    drawn.push({ key, chance: chanceOf(selection.seed, key) });
    if (drawn.length > 2 * count + PAGE) shrink();
  }
  shrink();
  return drawn.map(({ key }) => key).toSorted(compareKeys);
}

/** Between 0 and 1, and the same for the same seed and script. */
function chanceOf(seed: string, { tenantId, scriptId }: ScriptKey): number {
  return Number.parseInt(sha256(`${seed}\n${tenantId}\n${scriptId}`).slice(0, 12), 16) / 2 ** 48;
}

function compareKeys(a: ScriptKey, b: ScriptKey): number {
  return compare(a.tenantId, b.tenantId) || compare(a.scriptId, b.scriptId);
}

function isAfter(key: ScriptKey, after: ScriptKey | undefined): boolean {
  return after === undefined || compareKeys(key, after) > 0;
}

// In the order of code points, as the database's "C" collation has it.
function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
