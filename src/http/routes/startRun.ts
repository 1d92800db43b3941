import { BODY_PROBLEMS, EFFECT_HEADERS, EFFECT_PROBLEMS } from "../declared.ts";
import { moverOf } from "../moveRun.ts";
import { refusedStart } from "../refusedRun.ts";
import { answer, effectRoute } from "../route.ts";
import { runBody } from "../runBodies.ts";
import { runSchema, startRunBodySchema } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";
import type { Json } from "../../kernel/canonicalJson.ts";

export const startRun = effectRoute({
  method: "post",
  path: "/runs",
  operationId: "startRun",
  tag: "Runs",
  summary: "Start a run of a script",
  description:
    "The run keeps the version that it starts on, whatever is published later. Nothing is walked yet: advance does. Its commands and events carry the correlation id of this request.",
  body: { schema: startRunBodySchema, example: examples.startRunBody },
  headers: EFFECT_HEADERS,
  responses: {
    201: {
      description: "The run stands at the entry node.",
      schema: runSchema,
      headers: ["location"],
      example: examples.run,
    },
  },
  problems: [
    ...EFFECT_PROBLEMS,
    ...BODY_PROBLEMS,
    "script_not_found",
    "version_not_found",
    "script_archived",
    "no_active_version",
    "version_not_sealed",
    "run_refused",
  ],
  async handle(deps, request) {
    const { tenantId, actor, body, correlationId, effectId: runId } = request;
    const outcome = await deps.runs.start({
      tenantId,
      runId,
      scriptId: body.scriptId,
      version: body.version,
      correlationId,
      startedById: body.startedById ?? actor.id,
      connectorType: body.connectorType ?? null,
      connectorKey: body.connectorKey ?? null,
      subject: body.subject ?? null,
      variables: (body.variables ?? {}) as { [key: string]: Json },
      mover: moverOf(request),
      traceparent: request.traceparent,
    });
    if (outcome.kind !== "started") return refusedStart(outcome, body.scriptId);
    return answer(201, runBody(outcome.view), { location: `/runs/${runId}` });
  },
});
