import type { PrismaClient } from "../../src/db/generated/client.ts";
import type { BackfillDefinition, BackfillUnit, MoveSettings, Prepared, RowKey } from "./definition.ts";

export interface PlannedMove {
  readonly units: readonly { readonly unit: string; readonly rows: number; readonly movable: number }[];
  readonly quarantined: readonly CountedReason[];
  readonly findings: readonly CountedReason[];
}

interface CountedReason {
  readonly code: string;
  readonly rows: number;
}

interface PlanInput {
  readonly options: Readonly<Record<string, string>>;
  readonly onRows: (count: number) => void;
  readonly stopping: AbortSignal;
}

const BATCH = 50;
const TRANSACTION = { maxWait: 30_000, timeout: 120_000 };

/** Reads and maps every row and writes nothing: what a move would do, counted by reason. */
export async function planMove(
  deps: { readonly prisma: PrismaClient; readonly now: () => Date },
  definition: BackfillDefinition,
  input: PlanInput,
): Promise<PlannedMove> {
  const settings = await findSettings(deps, definition, input);
  const units: PlannedMove["units"][number][] = [];
  const quarantined = new Map<string, number>();
  const findings = new Map<string, number>();
  for (const unit of definition.units) {
    const planned = { unit: unit.name, rows: 0, movable: 0 };
    for await (const row of previewAll(deps.prisma, unit, settings, input.stopping)) {
      input.onRows(1);
      if (row.kind === "gone") continue;
      planned.rows++;
      if (row.kind === "prepared") planned.movable++;
      count(quarantined, row.kind === "prepared" ? row.quarantined : row.rows);
      if (row.kind === "prepared") count(findings, row.findings);
    }
    count(quarantined, await deps.prisma.$transaction((tx) => unit.listStrays(tx), TRANSACTION));
    units.push(planned);
  }
  return { units, quarantined: toReasons(quarantined), findings: toReasons(findings) };
}

/** Those that a start would have: what the move was told before, and this. */
async function findSettings(
  deps: { readonly prisma: PrismaClient; readonly now: () => Date },
  { name }: BackfillDefinition,
  { options }: PlanInput,
): Promise<MoveSettings> {
  const move = await deps.prisma.backfill.findUnique({ where: { name } });
  const known = (move?.options ?? {}) as Record<string, string>;
  return { asOf: move?.frozenAt ?? deps.now(), options: { ...options, ...known } };
}

async function* previewAll(
  prisma: PrismaClient,
  unit: BackfillUnit,
  settings: MoveSettings,
  stopping: AbortSignal,
): AsyncGenerator<Prepared> {
  let after: RowKey | null = null;
  while (!stopping.aborted) {
    const { keys, rows } = await previewNext(prisma, unit, settings, after);
    yield* rows;
    if (keys.length < BATCH) return;
    after = keys.at(-1)!;
  }
}

function previewNext(
  prisma: PrismaClient,
  unit: BackfillUnit,
  settings: MoveSettings,
  after: RowKey | null,
): Promise<{ readonly keys: readonly RowKey[]; readonly rows: readonly Prepared[] }> {
  return prisma.$transaction(async (tx) => {
    const upTo = await unit.findUpperBound(tx);
    const keys = upTo ? await unit.listKeys(tx, { after, upTo, limit: BATCH }) : [];
    const rows: Prepared[] = [];
    for (const key of keys)
      rows.push(await (unit.preview?.(tx, key, settings) ?? unit.prepare(tx, key, settings)));
    return { keys, rows };
  }, TRANSACTION);
}

function count(counts: Map<string, number>, rows: readonly { readonly code: string }[]): void {
  for (const { code } of rows) counts.set(code, (counts.get(code) ?? 0) + 1);
}

function toReasons(counts: ReadonlyMap<string, number>): CountedReason[] {
  return [...counts].map(([code, rows]) => ({ code, rows })).toSorted((a, b) => b.rows - a.rows);
}
