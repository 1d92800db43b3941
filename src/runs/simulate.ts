import type { Json } from "../kernel/canonicalJson.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";
import { advance } from "./advance.ts";
import { answer } from "./answer.ts";
import type { AnswerInput } from "./answer.ts";
import { completeAction } from "./completeAction.ts";
import type { ActionCompletion } from "./completeAction.ts";
import type { Prompt } from "./currentPrompt.ts";
import { refuseRun } from "./refuseRun.ts";
import type { RunRefusal } from "./refuseRun.ts";
import { RUN_LIMITS } from "./runLimits.ts";
import type { RunState } from "./runState.ts";
import { startRun } from "./startRun.ts";
import type { ActionRequest } from "./toActionRequest.ts";
import type { LogEntry } from "./trace.ts";
import type { StoppedAt } from "./walk.ts";

export interface SimulationInput {
  readonly variables: { readonly [key: string]: Json };
  /** In the order in which the questions come. */
  readonly answers: readonly AnswerInput[];
  /**
   * What the actions that are waited for give back: at each visit of a node the next of its entries. An action
   * without one succeeds and gives back null.
   */
  readonly actionResults?: readonly Omit<ActionCompletion, "dispatch">[];
}

export interface Simulation {
  readonly kind: "simulated";
  /** Where it came to. waitingFor tells the question whose answer was not given. */
  readonly state: RunState;
  /** Ids of the nodes that it came to, in order, from the entry. */
  readonly path: readonly string[];
  readonly log: readonly LogEntry[];
  /** What would have been sent. */
  readonly actions: readonly ActionRequest[];
  readonly prompts: readonly Prompt[];
  readonly stoppedAt: StoppedAt;
  /** How many of the given answers were used; fewer when it ended before. */
  readonly answersUsed: number;
}

/** A simulation under way. */
interface Going {
  readonly document: ScriptDocument;
  readonly input: SimulationInput;
  state: RunState;
  work: number;
  answersUsed: number;
  readonly resultsUsed: Set<number>;
  readonly path: string[];
  readonly log: LogEntry[];
  readonly actions: ActionRequest[];
  readonly prompts: Prompt[];
}

/**
 * Walks a document with given answers until it ends, is stuck, or asks what was not answered. Nothing is sent or
 * written, and the same input always gives the same walk.
 *
 * Refusals: too_many_answers, those of startRun, and those of answer with paths such as /answers/2/value.
 */
export function simulate(document: ScriptDocument, input: SimulationInput): Simulation | RunRefusal {
  const { variables, answers } = input;
  if (answers.length > RUN_LIMITS.simulatedAnswers) {
    const message = `A simulation takes at most ${RUN_LIMITS.simulatedAnswers} answers.`;
    return refuseRun("too_many_answers", "/answers", message);
  }
  const started = startRun(document, { variables, correlationId: "simulation" });
  if (started.kind === "refused") return started;
  const { state, log } = started;
  const going: Going = {
    document,
    input,
    state,
    work: 0,
    answersUsed: 0,
    resultsUsed: new Set(),
    path: [state.currentNodeId],
    log: [...log],
    actions: [],
    prompts: [],
  };
  for (;;) {
    const stoppedAt = goOn(going);
    if (typeof stoppedAt !== "string") return stoppedAt;
    const taken = takeIn(going, stoppedAt);
    if (taken === "nothing") return toSimulation(going, stoppedAt);
    if (taken) return taken;
  }
}

function goOn(going: Going): StoppedAt | RunRefusal {
  const outcome = advance(going.document, going.state);
  if (outcome.kind === "refused") return outcome;
  going.state = outcome.state;
  going.work += outcome.work;
  going.log.push(...outcome.steps);
  for (const { nextNodeId } of outcome.steps) if (nextNodeId !== null) going.path.push(nextNodeId);
  going.actions.push(...outcome.actions);
  going.prompts.push(...outcome.prompts);
  return isTooMuch(going) ? "limit" : outcome.stoppedAt;
}

function isTooMuch({ work, state }: Going): boolean {
  return work > RUN_LIMITS.simulatedWork && state.status === "RUNNING";
}

/** Takes in what the run waits for; nothing when nothing is given, or it cannot go on. */
function takeIn(going: Going, stoppedAt: StoppedAt): RunRefusal | "nothing" | undefined {
  switch (stoppedAt) {
    case "answer":
      return takeAnswer(going);
    case "action":
      return takeResult(going);
    case "limit":
      // Far enough for one advance of a run; the next one goes on.
      return isTooMuch(going) ? "nothing" : undefined;
    default:
      return "nothing";
  }
}

function takeAnswer(going: Going): RunRefusal | "nothing" | undefined {
  const index = going.answersUsed;
  const given = going.input.answers[index];
  if (!given) return "nothing";
  const outcome = answer(going.document, going.state, given);
  if (outcome.kind === "refused") {
    const problems = outcome.problems.map((one) => ({ ...one, path: `/answers/${index}${one.path}` }));
    return { kind: "refused", problems };
  }
  going.answersUsed++;
  going.state = outcome.state;
  going.log.push(...outcome.log);
  return undefined;
}

function takeResult(going: Going): RunRefusal | "nothing" | undefined {
  const { waitingFor } = going.state;
  if (waitingFor?.kind !== "action") return "nothing";
  const { nodeId, dispatch } = waitingFor;
  const results = going.input.actionResults ?? [];
  const index = results.findIndex((one, at) => one.nodeId === nodeId && !going.resultsUsed.has(at));
  if (index >= 0) going.resultsUsed.add(index);
  const { success, result } = results[index] ?? { success: true, result: null };
  const outcome = completeAction(going.document, going.state, { nodeId, dispatch, success, result });
  if (outcome.kind === "refused") return outcome;
  going.state = outcome.state;
  going.log.push(...outcome.log);
  // A failed action may have ended the run: there is nothing to advance.
  return outcome.state.status === "RUNNING" ? undefined : "nothing";
}

function toSimulation(going: Going, stoppedAt: StoppedAt): Simulation {
  const { state, path, log, actions, prompts, answersUsed } = going;
  return {
    kind: "simulated",
    state,
    path,
    log,
    actions,
    prompts,
    // Every action gets its result, so that one which stopped the walk has failed.
    stoppedAt: stoppedAt === "action" ? "failed" : stoppedAt,
    answersUsed,
  };
}
