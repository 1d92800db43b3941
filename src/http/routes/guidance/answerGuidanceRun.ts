import type { Json } from "../../../kernel/canonicalJson.ts";
import { BODY_PROBLEMS, EFFECT_HEADERS, RUN_PROBLEMS } from "../../declared.ts";
import { causeOf, GUIDANCE_WRITE_PROBLEMS, refusedGuidance } from "../../guidanceAnswer.ts";
import { answer, effectRoute } from "../../route.ts";
import { answerGuidanceRunBodySchema, legacyAnswerSchema, legacyRunParams } from "../../schemas/guidance.ts";
import * as examples from "../../openapi/guidanceExamples.ts";

export const answerGuidanceRun = effectRoute({
  method: "post",
  path: "/guidance/runs/{runId}/answer",
  operationId: "answerGuidanceRun",
  tag: "Guidance (legacy)",
  legacy: { successor: "/runs/{runId}/answer" },
  summary: "Store the answer of a node",
  description:
    "At any node and any number of times; the last one counts. A value that fits fills the node's variable.",
  params: legacyRunParams,
  body: { schema: answerGuidanceRunBodySchema, example: examples.answerGuidanceRunBody },
  headers: EFFECT_HEADERS,
  responses: {
    201: { description: "The answer.", schema: legacyAnswerSchema, example: examples.legacyAnswer },
  },
  problems: [...RUN_PROBLEMS, ...BODY_PROBLEMS, ...GUIDANCE_WRITE_PROBLEMS, "version_not_found"],
  async handle(deps, request) {
    const { runId } = request.params;
    const { nodeKey, value } = request.body;
    const outcome = await deps.guidance.answer({
      ...causeOf(request),
      runId,
      nodeKey,
      value: value as Json,
    });
    return outcome.kind === "answered" ? answer(201, outcome.answer) : refusedGuidance(outcome, runId);
  },
});
