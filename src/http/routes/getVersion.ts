import { z } from "zod";
import { findHead } from "../../reads/findHead.ts";
import { getVersion as readVersion } from "../../reads/getVersion.ts";
import { versionBody } from "../bodies.ts";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { scriptNotFound, versionNotFound } from "../refusedSubmission.ts";
import { answer, readRoute } from "../route.ts";
import { draftFlag, versionParams } from "../schemas/members.ts";
import { versionSchema } from "../schemas/version.ts";
import * as examples from "../openapi/examples.ts";

export const getVersion = readRoute({
  method: "get",
  path: "/scripts/{scriptId}/versions/{version}",
  operationId: "getVersion",
  tag: "Versions",
  summary: "Read a version with its documents",
  params: versionParams,
  query: z.strictObject({
    draft: draftFlag.meta({ description: "true: also when it is the open version, which still moves." }),
  }),
  headers: READ_HEADERS,
  responses: {
    200: { description: "The version.", schema: versionSchema, example: examples.version },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "invalid_query", "script_not_found", "version_not_found"],
  async handle(deps, { tenantId, params, query }) {
    const { scriptId, version } = params;
    const draft = query.draft === "true";
    return deps.inTenant(tenantId, async (tx) => {
      const row = await readVersion({ prisma: tx }, { tenantId, scriptId, version, draft });
      if (row) return answer(200, versionBody(row));
      const head = await findHead({ prisma: tx }, { tenantId, scriptId });
      return head === undefined ? scriptNotFound(scriptId) : versionNotFound(scriptId, version);
    });
  },
});
