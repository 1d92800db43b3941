import { z } from "zod";
import { listScripts as readScripts } from "../../reads/listScripts.ts";
import { scriptBody } from "../bodies.ts";
import { invalidCursor, READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { answer, readRoute } from "../route.ts";
import { cursorSchema, namedTenant, nextCursorSchema, pageLimit, searchText } from "../schemas/members.ts";
import { scriptSchema, scriptStatusSchema } from "../schemas/script.ts";
import * as examples from "../openapi/examples.ts";

export const listScripts = readRoute({
  method: "get",
  path: "/scripts",
  operationId: "listScripts",
  tag: "Scripts",
  summary: "List scripts, the newest first",
  query: z.strictObject({
    tenantId: namedTenant,
    q: searchText(200).optional().meta({ description: "Part of the name or slug, in any case." }),
    status: scriptStatusSchema.optional(),
    label: searchText(100).optional().meta({ description: "Only scripts with this label." }),
    cursor: cursorSchema.optional(),
    limit: pageLimit(50, 200),
  }),
  headers: READ_HEADERS,
  responses: {
    200: {
      description: "A page of scripts.",
      schema: z
        .object({ entries: z.array(scriptSchema), nextCursor: nextCursorSchema })
        .meta({ id: "ScriptPage" }),
      example: examples.scriptPage,
    },
  },
  problems: [...READ_PROBLEMS, "invalid_query", "invalid_cursor"],
  async handle(deps, { tenantId, query }) {
    const page = await deps.inTenant(tenantId, (tx) => readScripts({ prisma: tx }, { ...query, tenantId }));
    if (page.kind === "invalid_cursor") return invalidCursor();
    return answer(200, { entries: page.entries.map(scriptBody), nextCursor: page.nextCursor });
  },
});
