import { z } from "zod";
import { invalidCursor, READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { runNotFound } from "../refusedRun.ts";
import { answer, readRoute } from "../route.ts";
import { traceEntryBody } from "../runBodies.ts";
import { cursorSchema, nextCursorSchema, pageLimit } from "../schemas/members.ts";
import { runParams, traceEntrySchema } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const getRunTrace = readRoute({
  method: "get",
  path: "/runs/{runId}/trace",
  operationId: "getRunTrace",
  tag: "Runs",
  summary: "Read what happened in a run, the oldest first",
  description:
    "Each step says which edges and conditions were tried, with the values that their names stood for, and which one held.",
  params: runParams,
  query: z.strictObject({ cursor: cursorSchema.optional(), limit: pageLimit(100, 500) }),
  headers: READ_HEADERS,
  responses: {
    200: {
      description: "A page of the run's log.",
      schema: z
        .object({ runId: z.string(), entries: z.array(traceEntrySchema), nextCursor: nextCursorSchema })
        .meta({ id: "RunTrace" }),
      example: examples.trace,
    },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "invalid_query", "invalid_cursor", "run_not_found"],
  async handle(deps, { tenantId, params, query }) {
    const { runId } = params;
    const page = await deps.runs.trace({ tenantId, runId, ...query });
    if (page.kind === "invalid_cursor") return invalidCursor();
    if (page.kind === "run_not_found") return runNotFound(runId);
    return answer(200, { runId, entries: page.entries.map(traceEntryBody), nextCursor: page.nextCursor });
  },
});
