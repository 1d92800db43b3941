import { getScriptWithActiveVersion } from "../../reads/getScript.ts";
import { scriptWithStreamBody, versionBody } from "../bodies.ts";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { etag } from "../preconditions.ts";
import { scriptNotFound } from "../refusedSubmission.ts";
import { answer, readRoute } from "../route.ts";
import { scriptParams } from "../schemas/members.ts";
import { scriptDetailSchema } from "../schemas/script.ts";
import * as examples from "../openapi/examples.ts";

export const getScript = readRoute({
  method: "get",
  path: "/scripts/{scriptId}",
  operationId: "getScript",
  tag: "Scripts",
  summary: "Read a script with its published version",
  description:
    "Name, slug, status and the like are as of the last acknowledged command. The published version, latestVersion and activeVersionId follow when materializedSequence reaches headSequence.",
  params: scriptParams,
  headers: READ_HEADERS,
  responses: {
    200: {
      description: "The script.",
      schema: scriptDetailSchema,
      headers: ["etag"],
      example: examples.scriptDetail,
    },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "script_not_found"],
  async handle(deps, { tenantId, params }) {
    const key = { tenantId, scriptId: params.scriptId };
    const row = await deps.inTenant(tenantId, (tx) => getScriptWithActiveVersion({ prisma: tx }, key));
    if (!row) return scriptNotFound(params.scriptId);
    const activeVersion = row.activeVersion && versionBody(row.activeVersion);
    return answer(200, { ...scriptWithStreamBody(row), activeVersion }, { etag: etag(row.headSequence) });
  },
});
