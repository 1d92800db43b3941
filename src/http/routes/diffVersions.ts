import { diffDocuments } from "../../reads/diffDocuments.ts";
import { findHead } from "../../reads/findHead.ts";
import { getVersion } from "../../reads/getVersion.ts";
import type { VersionRow } from "../../reads/versionColumns.ts";
import { documentOf } from "../bodies.ts";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { scriptNotFound, versionNotFound } from "../refusedSubmission.ts";
import { answer, readRoute } from "../route.ts";
import { versionDiffSchema } from "../schemas/graph.ts";
import { scriptParams, versionNumber } from "../schemas/members.ts";
import * as examples from "../openapi/examples.ts";

export const diffVersions = readRoute({
  method: "get",
  path: "/scripts/{scriptId}/versions/{from}/diff/{to}",
  operationId: "diffVersions",
  tag: "Versions",
  summary: "Compare two sealed versions",
  description:
    "Compares graph and variables keyed by id, in either direction. The patch leads from the first to the second.",
  params: scriptParams.extend({ from: versionNumber, to: versionNumber }),
  headers: READ_HEADERS,
  responses: {
    200: { description: "What changed.", schema: versionDiffSchema, example: examples.versionDiff },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "script_not_found", "version_not_found"],
  async handle(deps, { tenantId, params }) {
    const { scriptId } = params;
    const { from, to, head } = await deps.inTenant(tenantId, async (tx) => ({
      from: await getVersion({ prisma: tx }, { tenantId, scriptId, version: params.from }),
      to: await getVersion({ prisma: tx }, { tenantId, scriptId, version: params.to }),
      head: await findHead({ prisma: tx }, { tenantId, scriptId }),
    }));
    if (head === undefined) return scriptNotFound(scriptId);
    if (!from || !to) return versionNotFound(scriptId, from ? params.to : params.from);
    const diff = diffDocuments(documentOf(from), documentOf(to));
    return answer(200, { scriptId, from: side(from), to: side(to), ...diff });
  },
});

function side({ version, toSequence, graphHash }: VersionRow) {
  return { version, toSequence, graphHash };
}
