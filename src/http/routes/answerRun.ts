import type { AnswerInput } from "../../runs/answer.ts";
import { BODY_PROBLEMS, EFFECT_HEADERS, RUN_PROBLEMS } from "../declared.ts";
import { moveRun } from "../moveRun.ts";
import { effectRoute } from "../route.ts";
import { answerBodySchema, runMovedSchema, runParams } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const answerRun = effectRoute({
  method: "post",
  path: "/runs/{runId}/answer",
  operationId: "answerRun",
  tag: "Runs",
  summary: "Answer the question that a run waits at",
  description: "Fills the question's variable. The walk goes on by advance.",
  params: runParams,
  body: { schema: answerBodySchema, example: examples.answerBody },
  headers: EFFECT_HEADERS,
  responses: {
    200: { description: "The answer is taken.", schema: runMovedSchema, example: examples.answered },
  },
  problems: [...RUN_PROBLEMS, ...BODY_PROBLEMS],
  handle: (deps, request) => moveRun(deps.runs.answer, request, { answer: request.body as AnswerInput }),
});
