import type { Json } from "../../../kernel/canonicalJson.ts";
import { BODY_PROBLEMS, EFFECT_HEADERS, EFFECT_PROBLEMS } from "../../declared.ts";
import { causeOf, GUIDANCE_WRITE_PROBLEMS, refusedGuidance } from "../../guidanceAnswer.ts";
import { answer, effectRoute } from "../../route.ts";
import {
  legacyRunStartedSchema,
  scriptKeyParams,
  startGuidanceRunBodySchema,
} from "../../schemas/guidance.ts";
import * as examples from "../../openapi/guidanceExamples.ts";

export const startGuidanceRun = effectRoute({
  method: "post",
  path: "/guidance/scripts/{key}/run",
  operationId: "startGuidanceRun",
  tag: "Guidance (legacy)",
  legacy: { successor: "/runs" },
  summary: "Start a run of a script's active version",
  params: scriptKeyParams,
  body: { schema: startGuidanceRunBodySchema, example: examples.startGuidanceRunBody },
  headers: EFFECT_HEADERS,
  responses: {
    201: {
      description: "The run stands at the entry node.",
      schema: legacyRunStartedSchema,
      example: examples.legacyRunStarted,
    },
  },
  problems: [
    ...EFFECT_PROBLEMS,
    ...BODY_PROBLEMS,
    ...GUIDANCE_WRITE_PROBLEMS,
    "script_not_found",
    "version_not_found",
    "version_not_sealed",
    "run_refused",
  ],
  async handle(deps, request) {
    const { params, body } = request;
    const outcome = await deps.guidance.startRun({
      ...causeOf(request),
      key: params.key,
      subject: {
        schema: body.subjectSchema ?? null,
        model: body.subjectModel ?? null,
        id: body.subjectId ?? null,
      },
      vars: (body.vars ?? {}) as { [key: string]: Json },
    });
    return outcome.kind === "answered" ? answer(201, outcome.answer) : refusedGuidance(outcome, params.key);
  },
});
