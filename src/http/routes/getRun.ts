import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { runNotFound } from "../refusedRun.ts";
import { answer, readRoute } from "../route.ts";
import { runBody } from "../runBodies.ts";
import { runParams, runSchema } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const getRun = readRoute({
  method: "get",
  path: "/runs/{runId}",
  operationId: "getRun",
  tag: "Runs",
  summary: "Read a run with its variables and what it asks",
  params: runParams,
  headers: READ_HEADERS,
  responses: { 200: { description: "The run.", schema: runSchema, example: examples.run } },
  problems: [...READ_PROBLEMS, "invalid_path", "run_not_found"],
  async handle(deps, { tenantId, params }) {
    const { runId } = params;
    const view = await deps.runs.view({ tenantId, runId });
    return view ? answer(200, runBody(view)) : runNotFound(runId);
  },
});
