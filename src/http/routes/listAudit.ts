import { z } from "zod";
import { findHead } from "../../reads/findHead.ts";
import { listAudit as readAudit } from "../../reads/listAudit.ts";
import { auditBody } from "../bodies.ts";
import { invalidCursor, READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { scriptNotFound } from "../refusedSubmission.ts";
import { answer, readRoute } from "../route.ts";
import { auditPageSchema } from "../schemas/audit.ts";
import { cursorSchema, pageLimit, scriptParams } from "../schemas/members.ts";
import * as examples from "../openapi/examples.ts";

export const listAudit = readRoute({
  method: "get",
  path: "/scripts/{scriptId}/audit",
  operationId: "listAudit",
  tag: "Audit",
  summary: "Read who did what, the newest first",
  description: "One entry per submitted batch, as far as the script is materialized.",
  params: scriptParams,
  query: z.strictObject({ cursor: cursorSchema.optional(), limit: pageLimit(50, 200) }),
  headers: READ_HEADERS,
  responses: {
    200: { description: "A page of the audit trail.", schema: auditPageSchema, example: examples.auditPage },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "invalid_query", "invalid_cursor", "script_not_found"],
  async handle(deps, { tenantId, params, query }) {
    const { scriptId } = params;
    return deps.inTenant(tenantId, async (tx) => {
      const page = await readAudit({ prisma: tx }, { tenantId, scriptId, ...query });
      if (page.kind === "invalid_cursor") return invalidCursor();
      if (page.entries.length === 0 && (await findHead({ prisma: tx }, { tenantId, scriptId })) === undefined)
        return scriptNotFound(scriptId);
      return answer(200, { entries: page.entries.map(auditBody), nextCursor: page.nextCursor });
    });
  },
});
