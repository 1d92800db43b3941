import type { ScriptKey } from "../log/logRow.ts";
import type { RunRefusal } from "../runs/refuseRun.ts";
import { simulate, type Simulation, type SimulationInput } from "../runs/simulate.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import type { RunnerDeps } from "./runnerDeps.ts";

export interface SimulateDeps extends Pick<RunnerDeps, "inTenant" | "documents"> {
  /** The document at the head of a script's log; undefined when the tenant has no such script. */
  readonly loadDraft: (key: ScriptKey) => Promise<ScriptDocument | undefined>;
}

export interface SimulateRunInput extends ScriptKey, SimulationInput {
  /** A sealed version, or the draft with all its edits. */
  readonly version: number | "draft";
}

export type SimulateRunOutcome =
  | Simulation
  | { readonly kind: "script_not_found" }
  | { readonly kind: "version_not_found"; readonly version: number }
  | RunRefusal;

/** Walks a version or the draft of a script with given answers. Nothing is written and nothing is sent. */
export async function simulateRun(deps: SimulateDeps, input: SimulateRunInput): Promise<SimulateRunOutcome> {
  const { tenantId, scriptId, version } = input;
  if (version === "draft") {
    const draft = await deps.loadDraft({ tenantId, scriptId });
    return draft ? simulate(draft, input) : { kind: "script_not_found" };
  }
  const found = await deps.inTenant(tenantId, async (tx) => {
    const document = await deps.documents.load(tx, { tenantId, scriptId, version });
    if (document) return document;
    const script = await tx.script.findUnique({
      where: { tenantId_id: { tenantId, id: scriptId } },
      select: { id: true },
    });
    return script ? "version_not_found" : "script_not_found";
  });
  if (found === "version_not_found") return { kind: found, version };
  return found === "script_not_found" ? { kind: found } : simulate(found, input);
}
