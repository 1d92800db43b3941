import type { Prisma, RunVariable, ScriptRun } from "../db/generated/client.ts";
import type { Json } from "../kernel/canonicalJson.ts";

/** What lists show of a run: its state can be megabytes. */
export const RUN_SUMMARY_COLUMNS = {
  id: true,
  scriptId: true,
  version: true,
  status: true,
  startedById: true,
  connectorType: true,
  connectorKey: true,
  subjectSchema: true,
  subjectModel: true,
  subjectId: true,
  correlationId: true,
  currentNodeId: true,
  startedAt: true,
  updatedAt: true,
  endedAt: true,
} as const satisfies Prisma.ScriptRunSelect;

export type RunSummaryRow = Prisma.ScriptRunGetPayload<{ select: typeof RUN_SUMMARY_COLUMNS }>;

/** A run with its variables, sorted by key. */
export interface RunRow extends ScriptRun {
  readonly variables: readonly RunVariable[];
}

/** The value that a variable's row holds. */
export function valueOfVariable(row: Pick<RunVariable, "strVal" | "numVal" | "boolVal" | "jsonVal">): Json {
  return row.strVal ?? row.numVal ?? row.boolVal ?? (row.jsonVal as Json);
}
