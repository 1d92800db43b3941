import { PUBLISHERS } from "../../../commands/role.ts";
import { BODY_PROBLEMS, EFFECT_HEADERS, EFFECT_PROBLEMS } from "../../declared.ts";
import { causeOf, GUIDANCE_WRITE_PROBLEMS, refusedGuidance } from "../../guidanceAnswer.ts";
import { answer, effectRoute } from "../../route.ts";
import {
  legacyScriptParams,
  legacyVersionSummarySchema,
  publishGuidanceBodySchema,
} from "../../schemas/guidance.ts";
import * as examples from "../../openapi/guidanceExamples.ts";

export const publishGuidanceScript = effectRoute({
  method: "post",
  path: "/guidance/scripts/{scriptId}/publish",
  operationId: "publishGuidanceScript",
  tag: "Guidance (legacy)",
  allow: PUBLISHERS,
  legacy: { successor: "/scripts/{scriptId}/versions" },
  summary: "Make a version the active one",
  description: "The one that was active before becomes ARCHIVED.",
  params: legacyScriptParams,
  body: { schema: publishGuidanceBodySchema, example: examples.publishGuidanceBody },
  headers: EFFECT_HEADERS,
  responses: {
    200: { description: "The version.", schema: legacyVersionSummarySchema, example: examples.legacyVersion },
  },
  problems: [
    ...EFFECT_PROBLEMS,
    ...BODY_PROBLEMS,
    ...GUIDANCE_WRITE_PROBLEMS,
    "script_not_found",
    "version_not_found",
    "command_refused",
    "command_id_reused",
    "sequence_conflict",
    "script_busy",
  ],
  async handle(deps, request) {
    const { params, body, principal } = request;
    const { scriptId } = params;
    const input = { ...causeOf(request), scriptId, version: body.version, role: principal.role };
    const outcome = await deps.guidance.publish(input);
    return outcome.kind === "answered" ? answer(200, outcome.answer) : refusedGuidance(outcome, scriptId);
  },
});
