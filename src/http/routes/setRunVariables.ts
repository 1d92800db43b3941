import type { VariableInput } from "../../runs/setVariables.ts";
import { BODY_PROBLEMS, EFFECT_HEADERS, RUN_PROBLEMS } from "../declared.ts";
import { moveRun } from "../moveRun.ts";
import { effectRoute } from "../route.ts";
import { runMovedSchema, runParams, setVariablesBodySchema } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const setRunVariables = effectRoute({
  method: "post",
  path: "/runs/{runId}/vars",
  operationId: "setRunVariables",
  tag: "Runs",
  summary: "Set variables of a run",
  description:
    "By key, all or none, each in exactly one of strVal, numVal, boolVal and jsonVal. A variable that the version declares takes values of its type only.",
  params: runParams,
  body: { schema: setVariablesBodySchema, example: examples.variablesBody },
  headers: EFFECT_HEADERS,
  responses: {
    200: {
      description: "The run with its variables.",
      schema: runMovedSchema,
      example: examples.variablesSet,
    },
  },
  problems: [...RUN_PROBLEMS, ...BODY_PROBLEMS],
  handle: (deps, request) =>
    moveRun(deps.runs.setVariables, request, { variables: request.body as readonly VariableInput[] }),
});
