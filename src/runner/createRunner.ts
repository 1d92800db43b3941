import { getRunTrace } from "../reads/getRunTrace.ts";
import { listRuns, type ListRunsInput } from "../reads/listRuns.ts";
import { advanceRun } from "./advanceRun.ts";
import { answerRun } from "./answerRun.ts";
import { decideRun } from "./decideRun.ts";
import { finishRun } from "./finishRun.ts";
import type { RunnerDeps } from "./runnerDeps.ts";
import { setRunVariables } from "./setRunVariables.ts";
import { simulateRun, type SimulateDeps } from "./simulateRun.ts";
import { startRun } from "./startRun.ts";
import { viewRun } from "./viewRun.ts";

export interface CreateRunnerDeps extends RunnerDeps, SimulateDeps {
  /** Makes the worker look for commands now; called once those that were sent are committed. */
  readonly wake: () => void;
}

export type Runner = ReturnType<typeof createRunner>;

/** Everything that a caller can do with runs. Each is one transaction within the caller's tenant. */
export function createRunner(deps: CreateRunnerDeps) {
  const { inTenant } = deps;
  return {
    start: bind(deps, startRun),
    setVariables: bind(deps, setRunVariables),
    answer: bind(deps, answerRun),
    advance: bind(deps, advanceRun),
    finish: bind(deps, finishRun),
    decide: bind(deps, decideRun),
    simulate: bind(deps, simulateRun),
    view: (key: Parameters<typeof viewRun>[2]) => inTenant(key.tenantId, (tx) => viewRun(deps, tx, key)),
    list: (input: ListRunsInput) => inTenant(input.tenantId, (tx) => listRuns({ prisma: tx }, input)),
    trace: (input: Parameters<typeof getRunTrace>[1]) =>
      inTenant(input.tenantId, (tx) => getRunTrace({ prisma: tx }, input)),
  };
}

function bind<Input, Outcome>(
  deps: CreateRunnerDeps,
  work: (deps: CreateRunnerDeps, input: Input) => Promise<Outcome>,
): (input: Input) => Promise<Outcome> {
  return async (input) => {
    let sent = false;
    const sendCommand: RunnerDeps["sendCommand"] = async (tx, command) => {
      await deps.sendCommand(tx, command);
      sent = true;
    };
    const outcome = await work({ ...deps, sendCommand }, input);
    if (sent) deps.wake();
    return outcome;
  };
}
