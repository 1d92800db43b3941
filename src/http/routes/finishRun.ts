import { BODY_PROBLEMS, EFFECT_HEADERS, RUN_PROBLEMS } from "../declared.ts";
import { moveRun } from "../moveRun.ts";
import { effectRoute } from "../route.ts";
import { finishBodySchema, runMovedSchema, runParams } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const finishRun = effectRoute({
  method: "post",
  path: "/runs/{runId}/finish",
  operationId: "finishRun",
  tag: "Runs",
  summary: "Finish a run from outside",
  description:
    "A finished run takes no more. A command that it waits for goes on, and nobody waits for it any more.",
  params: runParams,
  body: { schema: finishBodySchema, example: examples.finishBody },
  headers: EFFECT_HEADERS,
  responses: {
    200: { description: "The run is finished.", schema: runMovedSchema, example: examples.finished },
  },
  problems: [...RUN_PROBLEMS, ...BODY_PROBLEMS],
  handle: (deps, request) => moveRun(deps.runs.finish, request, { status: request.body.status }),
});
