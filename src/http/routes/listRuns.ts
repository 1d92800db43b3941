import { z } from "zod";
import { runSummaryBody } from "../runBodies.ts";
import { invalidCursor, READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { answer, readRoute } from "../route.ts";
import { scriptIdSchema } from "../../scripts/scriptIdSchema.ts";
import { cursorSchema, nextCursorSchema, pageLimit, queryTime } from "../schemas/members.ts";
import { runStatusSchema, runSummarySchema } from "../schemas/run.ts";
import * as examples from "../openapi/runExamples.ts";

export const listRuns = readRoute({
  method: "get",
  path: "/runs",
  operationId: "listRuns",
  tag: "Runs",
  summary: "List runs, the one that started last first",
  query: z.strictObject({
    tenantId: z.string().max(200).optional().meta({ description: "Must be the tenant of the request." }),
    scriptId: scriptIdSchema.optional(),
    status: runStatusSchema.optional(),
    from: queryTime.optional().meta({ description: "Only runs that started at or after this time." }),
    to: queryTime.optional().meta({ description: "Only runs that started before this time." }),
    cursor: cursorSchema.optional(),
    limit: pageLimit(50, 200),
  }),
  headers: READ_HEADERS,
  responses: {
    200: {
      description: "A page of runs.",
      schema: z
        .object({ entries: z.array(runSummarySchema), nextCursor: nextCursorSchema })
        .meta({ id: "RunPage" }),
      example: examples.runPage,
    },
  },
  problems: [...READ_PROBLEMS, "invalid_query", "invalid_cursor"],
  async handle(deps, { tenantId, query }) {
    const page = await deps.runs.list({ ...query, tenantId });
    if (page.kind === "invalid_cursor") return invalidCursor();
    return answer(200, { entries: page.entries.map(runSummaryBody), nextCursor: page.nextCursor });
  },
});
