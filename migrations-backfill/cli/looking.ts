import { formatDuration } from "../../src/ops/frame/duration.ts";
import { table } from "../../src/ops/frame/output.ts";
import type { Verb } from "../../src/ops/frame/verb.ts";
import type {
  BackfillSwitch as Sides,
  BackfillUnit as UnitState,
  PrismaClient,
} from "../../src/db/generated/client.ts";
import type { BackfillDefinition } from "../core/definition.ts";
import { whatNext } from "../core/phases.ts";
import { countCompared, type ComparedReads } from "../core/comparedReads.ts";
import { findFailures } from "../core/findFailures.ts";
import { countRows } from "./countRows.ts";
import { lookOf } from "./frame.ts";
import { DEFINITIONS } from "../definitions.ts";

/** Which moves there are. */
export const list: Verb = {
  name: "backfill list",
  summary: "the moves of legacy data and their phases",
  run: async (session) => {
    const { prisma } = await session.store();
    const rows = await prisma.backfill.findMany();
    const moves = DEFINITIONS.map(({ name, title }) => {
      const row = rows.find((one) => one.name === name);
      return { move: name, phase: row?.phase ?? "not started", status: row?.status ?? "-", title };
    });
    session.output.result(moves, () => table(moves));
    return 0;
  },
};

export const status = lookOf(
  "status",
  "how far a move is, and what is in its way",
  async (deps, definition) => {
    const { output } = deps.session;
    const where = { backfill: definition.name };
    const move = await deps.prisma.backfill.findUnique({ where: { name: definition.name } });
    if (!move) {
      const next = 'Next: "expand", then "plan".';
      output.result({ move: definition.name, phase: null, next }, () => `Not started. ${next}`);
      return 0;
    }
    const states = await deps.prisma.backfillUnit.findMany({ where });
    const switches = await deps.prisma.backfillSwitch.findMany({ where, orderBy: { tenantId: "asc" } });
    const quarantine = await deps.prisma.backfillQuarantine.groupBy({ by: ["status"], where, _count: true });
    const found = {
      move: move.name,
      phase: move.phase,
      status: move.status,
      next: whatNext(move),
      units: definition.units.map(({ name }) =>
        describeUnit(
          name,
          states.find(({ unit }) => unit === name),
        ),
      ),
      quarantine: Object.fromEntries(quarantine.map((row) => [row.status, row._count])),
      switches: await Promise.all(
        switches.map(async (row) => ({
          ...row,
          compared: await countCompared(deps.prisma, definition, row.tenantId),
        })),
      ),
      progress: move.status === "RUNNING" ? await findProgress(deps, definition, states) : null,
      inTheWay: move.phase === "CONTRACT" ? [] : await findFailures(deps.prisma, definition),
    };
    output.result(found, () =>
      [
        `${found.move}: phase ${found.phase}, ${found.status}. ${found.next}`,
        ...(found.progress ? [describeProgress(found.progress)] : []),
        table(found.units),
        `Quarantine: ${quarantine.map((row) => `${row._count} ${row.status.toLowerCase()}`).join(", ") || "empty"}`,
        ...found.switches.map(describeSwitch),
        ...(found.inTheWay.length > 0
          ? ["In the way of the next phases:", ...found.inTheWay.map((one) => `- ${one}`)]
          : []),
      ].join("\n"),
    );
    return 0;
  },
);

function describeSwitch({
  tenantId,
  reads,
  writes,
  dualShare,
  compared,
}: Sides & { readonly compared: ComparedReads }): string {
  const served = `Tenant ${tenantId}: reads ${reads.toLowerCase()}, writes ${writes.toLowerCase()}, ${dualShare * 100} % asked twice`;
  if (compared.since === null) return served;
  return (
    `${served}; since ${compared.since.toISOString()} ${compared.reads} read(s) of ${compared.subjects} thing(s) compared, ` +
    `${compared.wanted} wanted, ${compared.differing} differed`
  );
}

/** How far a unit is, as a row of a table. */
export function describeUnit(unit: string, row: UnitState | undefined) {
  return {
    unit,
    read: row?.rowsRead ?? 0,
    written: row?.rowsWritten ?? 0,
    unchanged: row?.rowsUnchanged ?? 0,
    quarantined: row?.rowsQuarantined ?? 0,
    moved: row?.finishedAt ?? null,
    verified: row?.verifiedRows ?? 0,
    differing: row?.differingRows ?? 0,
    verifiedAt: row?.verifiedAt ?? null,
  };
}

interface MoveProgress {
  readonly rows: number;
  readonly ofRows: number;
  /** Since the start, pauses and rests included. */
  readonly rowsPerSecond: number;
  /** Null until there is a rate. */
  readonly etaMs: number | null;
}

async function findProgress(
  deps: { readonly prisma: PrismaClient; readonly now: () => Date },
  definition: BackfillDefinition,
  states: readonly UnitState[],
): Promise<MoveProgress> {
  const began = await deps.prisma.backfillLedger.findFirst({
    where: { backfill: definition.name, verb: "start" },
    orderBy: { id: "desc" },
  });
  const ofRows = await countRows(deps, definition);
  const rows = states.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  const seconds = began ? (deps.now().getTime() - began.createdAt.getTime()) / 1_000 : 0;
  const rowsPerSecond = seconds > 0 ? rows / seconds : 0;
  const etaMs = rowsPerSecond > 0 ? Math.round((Math.max(0, ofRows - rows) / rowsPerSecond) * 1_000) : null;
  return { rows, ofRows, rowsPerSecond: Math.round(rowsPerSecond * 10) / 10, etaMs };
}

function describeProgress({ rows, ofRows, rowsPerSecond, etaMs }: MoveProgress): string {
  const share = ofRows === 0 ? 100 : Math.floor((rows / ofRows) * 100);
  return `${share} %: ${rows} of ${ofRows} rows, ${rowsPerSecond}/s, ETA ${etaMs === null ? "?" : formatDuration(etaMs)}`;
}

/** Rows that are listed without being asked for more. */
const MOST_DIFFERENCES = 1_000;

export const log = lookOf(
  "log",
  "the ledger: everything that was done to a move; --differences: reads that the sides answered differently",
  async (deps, definition, options) => {
    const { output } = deps.session;
    const query = { where: { backfill: definition.name }, orderBy: { id: "asc" } } as const;
    const rows =
      options["differences"] === true
        ? (await deps.prisma.backfillDifference.findMany({ ...query, take: MOST_DIFFERENCES })).map(
            (row) => ({
              at: row.createdAt,
              tenant: row.tenantId,
              operation: row.operation,
              subject: row.subject,
              ignored: row.isIgnored,
              difference: JSON.stringify(row.diffJson),
            }),
          )
        : (await deps.prisma.backfillLedger.findMany(query)).map((row) => ({
            at: row.createdAt,
            verb: row.verb,
            operator: row.operator,
            phase: row.phase,
            details: JSON.stringify(row.details),
          }));
    output.result(rows, () => table(rows));
    return 0;
  },
  (command) => command.option("--differences", "the stored differences of dual reads", false),
);
