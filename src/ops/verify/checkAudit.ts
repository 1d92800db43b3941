import { actionOf } from "../../materializer/auditBatches.ts";
import { sameJson } from "../../scripts/sameJson.ts";
import type { LogRow } from "../../log/logRow.ts";
import { report, type PassContext } from "./passContext.ts";

/** Batches whose audit rows are read at once. */
const PAGE = 500;
/** Batches with large patches are not gathered up to that. */
const PAGE_OPERATIONS = 20_000;

interface Batch {
  readonly first: LogRow;
  last: LogRow;
  readonly diff: unknown[];
  /** Those that give the audit row another name than UPDATE: few. */
  readonly telling: LogRow[];
}

/** Gathers the batches of a log and holds each against its audit row. */
export function followBatches(context: PassContext): {
  next(row: LogRow): Promise<void>;
  end(): Promise<void>;
} {
  const { findings, facts, key } = context;
  if (!findings.wants("audit-row-per-batch"))
    return { next: async () => undefined, end: async () => undefined };
  const upTo = facts.stream.materializedSequence;
  let current: Batch | undefined;
  let waiting: Batch[] = [];
  let operations = 0;
  let batches = 0;

  async function check(): Promise<void> {
    const rows = await context.prisma.scriptAuditLog.findMany({
      where: { ...key, batchId: { in: waiting.map(({ first }) => first.batchId) } },
      select: AUDIT_COLUMNS,
    });
    const byBatch = new Map(rows.map((row) => [row.batchId, row]));
    for (const batch of waiting) checkBatch(context, batch, byBatch.get(batch.first.batchId));
    waiting = [];
    operations = 0;
  }

  async function finish(): Promise<void> {
    if (!current || current.last.sequence > upTo) return;
    batches++;
    waiting.push(current);
    if (waiting.length === PAGE || operations > PAGE_OPERATIONS) await check();
  }

  return {
    next: async (row) => {
      if (current && current.first.batchId === row.batchId) {
        current.last = row;
        current.diff.push(...row.patch);
      } else {
        await finish();
        current = { first: row, last: row, diff: [...row.patch], telling: [] };
      }
      if (actionOf([row]) !== "UPDATE") current.telling.push(row);
      operations += row.patch.length;
    },
    end: async () => {
      await finish();
      if (waiting.length > 0) await check();
      if (facts.auditRows !== batches)
        report(
          context,
          "audit-row-per-batch",
          `There are ${facts.auditRows} audit row(s) up to command ${upTo} for ${batches} batch(es) of the log.`,
        );
    },
  };
}

const AUDIT_COLUMNS = {
  batchId: true,
  version: true,
  action: true,
  actorType: true,
  actorId: true,
  onBehalfOf: true,
  correlationId: true,
  note: true,
  fromSequence: true,
  toSequence: true,
  createdAt: true,
  diffJson: true,
} as const;

function checkBatch(
  context: PassContext,
  { first, last, diff, telling }: Batch,
  row: { readonly [column: string]: unknown; readonly version: number } | undefined,
): void {
  context.findings.looked("audit-row-per-batch");
  const what = `Batch ${first.batchId} (commands ${first.sequence} to ${last.sequence})`;
  const say = (message: string): void =>
    report(context, "audit-row-per-batch", `${what} ${message}`, first.sequence);
  if (!row) return say("has no audit row.");
  const expected = {
    action: actionOf(telling),
    fromSequence: first.sequence,
    toSequence: last.sequence,
    actorType: first.actorType,
    actorId: first.actorId,
    onBehalfOf: first.onBehalfOf,
    correlationId: first.correlationId,
    note: first.note,
  };
  for (const [name, value] of Object.entries(expected))
    if (row[name] !== value)
      say(`has an audit row whose ${name} is ${String(row[name])}, not ${String(value)}.`);
  if ((row["createdAt"] as Date).getTime() !== first.createdAt.getTime())
    say("has an audit row of another time.");
  if (!sameJson(row["diffJson"], diff)) say("has an audit row whose diff is not the batch's patches.");
  const version = context.facts.versions.find(({ toSequence }) => toSequence >= last.sequence);
  if (version && version.version !== row.version)
    say(`has an audit row of version ${row.version}, its last command is in version ${version.version}.`);
}
