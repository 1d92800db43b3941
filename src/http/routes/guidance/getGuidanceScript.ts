import { READ_HEADERS, READ_PROBLEMS } from "../../declared.ts";
import { GUIDANCE_PROBLEMS, refusedGuidance } from "../../guidanceAnswer.ts";
import { answer, readRoute } from "../../route.ts";
import { legacyScriptSchema, scriptKeyParams } from "../../schemas/guidance.ts";
import * as examples from "../../openapi/guidanceExamples.ts";

export const getGuidanceScript = readRoute({
  method: "get",
  path: "/guidance/scripts/{key}",
  operationId: "getGuidanceScript",
  tag: "Guidance (legacy)",
  legacy: { successor: "/scripts" },
  summary: "Read a script by its key, with its active version",
  description: "In the legacy shape. From which tables it is read is switched for each tenant.",
  params: scriptKeyParams,
  headers: READ_HEADERS,
  responses: {
    200: { description: "The script.", schema: legacyScriptSchema, example: examples.legacyScript },
  },
  problems: [...READ_PROBLEMS, ...GUIDANCE_PROBLEMS, "script_not_found"],
  async handle(deps, { tenantId, params: { key } }) {
    const outcome = await deps.guidance.readScript({ tenantId, key });
    return outcome.kind === "answered" ? answer(200, outcome.answer) : refusedGuidance(outcome, key);
  },
});
