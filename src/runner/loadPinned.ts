import type { ScriptRun } from "../db/generated/client.ts";
import type { TenantTx } from "../db/inTenant.ts";
import type { RunRow } from "../reads/runRow.ts";
import { valueOfVariable } from "../reads/runRow.ts";
import { NOWHERE } from "../runs/runState.ts";
import type { RunState } from "../runs/runState.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import type { MoveDeps } from "./runnerDeps.ts";

/** The document that a run is pinned to. The database holds that it is there and sealed. */
export async function loadPinned(
  deps: Pick<MoveDeps, "documents">,
  tx: Pick<TenantTx, "scriptVersion">,
  run: Pick<ScriptRun, "tenantId" | "id" | "scriptId" | "version">,
): Promise<ScriptDocument> {
  const { tenantId, scriptId, version } = run;
  const document = await deps.documents.load(tx, { tenantId, scriptId, version });
  if (document) return document;
  throw new Error(
    `Run ${run.id} of tenant ${tenantId} is pinned to version ${version} of script ${scriptId}, which is not there or not sealed. ` +
      "Look at both rows before this run goes on.",
  );
}

/** Where a run's walk stands. One that was brought in from elsewhere stands at its node with its variables. */
export function stateOf(run: RunRow): RunState {
  // Written from a RunState by this very folder.
  if (run.state !== null) return run.state as unknown as RunState;
  return {
    status: run.status,
    currentNodeId: run.currentNodeId ?? NOWHERE,
    settled: false,
    waitingFor: null,
    variables: Object.fromEntries(run.variables.map((row) => [row.key, valueOfVariable(row)])),
    answers: {},
    correlationId: run.correlationId,
    steps: 0,
    dispatches: 0,
    outcome: null,
    failure: null,
  };
}
