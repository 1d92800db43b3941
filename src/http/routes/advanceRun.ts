import { EFFECT_HEADERS, RUN_PROBLEMS } from "../declared.ts";
import { moveRun } from "../moveRun.ts";
import { effectRoute } from "../route.ts";
import { runMovedSchema, runParams } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const advanceRun = effectRoute({
  method: "post",
  path: "/runs/{runId}/advance",
  operationId: "advanceRun",
  tag: "Runs",
  summary: "Walk a run on until it waits or ends",
  description:
    "Conditions are evaluated over variables and answers; of the edges that hold the one with the lowest priority is taken. At an action its command is sent under the run's correlation id; a run that waits for it walks on by itself when it comes back. With waitingFor null a run that is RUNNING went far enough for one time: advance it again; or it came round in a circle, and a variable has to lead it out first.",
  params: runParams,
  headers: EFFECT_HEADERS,
  responses: {
    200: { description: "Where the run is now.", schema: runMovedSchema, example: examples.advanced },
  },
  problems: RUN_PROBLEMS,
  handle: (deps, request) => moveRun(deps.runs.advance, request, {}),
});
