import { EFFECT_HEADERS, RUN_PROBLEMS } from "../../declared.ts";
import { causeOf, GUIDANCE_WRITE_PROBLEMS, refusedGuidance } from "../../guidanceAnswer.ts";
import { answer, effectRoute } from "../../route.ts";
import { legacyAdvancedSchema, legacyRunParams } from "../../schemas/guidance.ts";
import * as examples from "../../openapi/guidanceExamples.ts";

export const advanceGuidanceRun = effectRoute({
  method: "post",
  path: "/guidance/runs/{runId}/advance",
  operationId: "advanceGuidanceRun",
  tag: "Guidance (legacy)",
  legacy: { successor: "/runs/{runId}/advance" },
  summary: "Move a run's cursor to the next node",
  description:
    "One node at a time, answered or not. At an ACTION node its command is sent, and the run does not wait for it.",
  params: legacyRunParams,
  headers: EFFECT_HEADERS,
  responses: {
    200: {
      description: "Where the run is now.",
      schema: legacyAdvancedSchema,
      example: examples.legacyAdvanced,
    },
  },
  problems: [...RUN_PROBLEMS, ...GUIDANCE_WRITE_PROBLEMS, "version_not_found"],
  async handle(deps, request) {
    const { runId } = request.params;
    const outcome = await deps.guidance.advance({ ...causeOf(request), runId });
    return outcome.kind === "answered" ? answer(200, outcome.answer) : refusedGuidance(outcome, runId);
  },
});
