import type { RunPlan } from "../../src/guidance/planRun.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import type { ReadTx } from "../core/definition.ts";

export type PlannedRunRows = Extract<RunPlan, { kind: "planned" }>;

type RunColumns = Pick<
  PlannedRunRows["run"],
  | "scriptId"
  | "version"
  | "startedById"
  | "startedAt"
  | "subjectSchema"
  | "subjectModel"
  | "subjectId"
  | "currentNodeId"
  | "endedAt"
> & { readonly status: string; readonly state: unknown };

type VariableColumns = { readonly key: string } & Partial<
  Record<"strVal" | "numVal" | "boolVal" | "jsonVal", unknown>
>;

/** What both sides say of a run. */
export function summarizeRun(
  run: RunColumns,
  variables: readonly VariableColumns[],
  log: readonly { readonly ordinal: number; readonly entry: unknown; readonly occurredAt: Date }[],
): { [name: string]: Json } {
  return {
    scriptId: run.scriptId,
    version: run.version,
    startedById: run.startedById,
    subject: [run.subjectSchema, run.subjectModel, run.subjectId],
    startedAt: run.startedAt.toISOString(),
    status: run.status,
    currentNodeId: run.currentNodeId,
    endedAt: run.endedAt?.toISOString() ?? null,
    state: run.state as Json,
    variables: variables
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, strVal, numVal, boolVal, jsonVal }) => [
        key,
        (strVal ?? numVal ?? boolVal ?? jsonVal ?? null) as Json,
      ]),
    log: log.map(({ ordinal, entry, occurredAt }) => ({
      ordinal,
      entry: entry as Json,
      occurredAt: occurredAt.toISOString(),
    })),
  };
}

/**
 * What the canonical side says of a planned run, with the first `logLength` entries of its log. Of a run that has
 * more of them, because it went on since it was moved, only what cannot change is looked at.
 */
export async function summarizeCanonicalRun(
  tx: ReadTx,
  plan: PlannedRunRows,
  logLength: number,
): Promise<{ [name: string]: Json } | undefined> {
  const { tenantId, run } = plan;
  const found = await tx.scriptRun.findUnique({
    where: { tenantId_id: { tenantId, id: run.id } },
    include: {
      variables: true,
      logs: { where: { ordinal: { lte: logLength } }, orderBy: { ordinal: "asc" } },
    },
  });
  if (!found) return undefined;
  if (found.logLength <= logLength) return summarizeRun(found, found.variables, found.logs);
  const { status, currentNodeId, endedAt, state } = run;
  return summarizeRun({ ...found, status, currentNodeId, endedAt, state }, plan.variables, found.logs);
}
