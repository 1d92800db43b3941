import { z } from "zod";
import { findHead } from "../../reads/findHead.ts";
import { listVersions as readVersions } from "../../reads/listVersions.ts";
import { versionSummaryBody } from "../bodies.ts";
import { invalidCursor, READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { scriptNotFound } from "../refusedSubmission.ts";
import { answer, readRoute } from "../route.ts";
import { cursorSchema, draftFlag, nextCursorSchema, pageLimit, scriptParams } from "../schemas/members.ts";
import { versionSummarySchema } from "../schemas/version.ts";
import * as examples from "../openapi/examples.ts";

export const listVersions = readRoute({
  method: "get",
  path: "/scripts/{scriptId}/versions",
  operationId: "listVersions",
  tag: "Versions",
  summary: "List a script's sealed versions, the newest first",
  params: scriptParams,
  query: z.strictObject({
    draft: draftFlag.meta({ description: "true: the open version, the working draft, as well." }),
    cursor: cursorSchema.optional(),
    limit: pageLimit(50, 200),
  }),
  headers: READ_HEADERS,
  responses: {
    200: {
      description: "A page of versions.",
      schema: z
        .object({ entries: z.array(versionSummarySchema), nextCursor: nextCursorSchema })
        .meta({ id: "VersionPage" }),
      example: examples.versionPage,
    },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "invalid_query", "invalid_cursor", "script_not_found"],
  async handle(deps, { tenantId, params, query }) {
    const { scriptId } = params;
    const draft = query.draft === "true";
    return deps.inTenant(tenantId, async (tx) => {
      const page = await readVersions({ prisma: tx }, { ...query, tenantId, scriptId, draft });
      if (page.kind === "invalid_cursor") return invalidCursor();
      if (page.entries.length === 0 && (await findHead({ prisma: tx }, { tenantId, scriptId })) === undefined)
        return scriptNotFound(scriptId);
      return answer(200, { entries: page.entries.map(versionSummaryBody), nextCursor: page.nextCursor });
    });
  },
});
