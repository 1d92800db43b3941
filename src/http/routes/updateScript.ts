import { z } from "zod";
import { getScript } from "../../reads/getScript.ts";
import { detailsShape } from "../../scripts/commands/detailsSchema.ts";
import { scriptWithStreamBody } from "../bodies.ts";
import { EDIT_PROBLEMS, WRITE_HEADERS } from "../declared.ts";
import { answer, writeRoute } from "../route.ts";
import { scriptParams, writeMembers } from "../schemas/members.ts";
import { scriptStatusSchema, scriptWrittenSchema } from "../schemas/script.ts";
import { etagOf, submitWrite, writeReceipt } from "../submitWrite.ts";
import * as examples from "../openapi/examples.ts";

const bodySchema = z
  .strictObject({
    name: detailsShape.name.optional(),
    slug: detailsShape.slug.optional(),
    description: detailsShape.description.optional(),
    labels: detailsShape.labels.optional(),
    intents: detailsShape.intents.optional(),
    languageCodes: detailsShape.languageCodes.optional(),
    embeddingKey: detailsShape.embeddingKey.optional(),
    status: scriptStatusSchema.optional(),
    ...writeMembers,
  })
  .refine(
    hasChange,
    "Name at least one member to change: name, slug, description, labels, status and so on.",
  );

const NOT_DETAILS = new Set(["status", ...Object.keys(writeMembers)]);

function hasChange(body: Record<string, unknown>): boolean {
  return body["status"] !== undefined || Object.keys(detailsOf(body)).length > 0;
}

function detailsOf(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !NOT_DETAILS.has(name)));
}

export const updateScript = writeRoute({
  method: "patch",
  path: "/scripts/{scriptId}",
  operationId: "updateScript",
  tag: "Scripts",
  summary: "Change a script's details or status",
  description:
    "Becomes Scripts.UpdateDetails and Scripts.ChangeStatus, both or none. ARCHIVED archives, DRAFT restores an archived script. PUBLISHED is refused: publish a version instead.",
  params: scriptParams,
  body: { schema: bodySchema, example: examples.updateScriptBody },
  headers: WRITE_HEADERS,
  responses: {
    200: {
      description: "The script as it is now.",
      schema: scriptWrittenSchema,
      headers: ["etag"],
      example: examples.scriptUpdated,
    },
  },
  problems: [...EDIT_PROBLEMS, "slug_taken"],
  async handle(deps, request) {
    const { scriptId } = request.params;
    const { status } = request.body;
    const details = detailsOf(request.body);
    const changeStatus = { command: "Scripts.ChangeStatus.v1", payload: { status } };
    const updateDetails = { command: "Scripts.UpdateDetails.v1", payload: details };
    const written = await submitWrite(deps, request, {
      scriptId,
      commands: [
        // A script that is restored must be restored first, and one that is archived must be archived last.
        ...(status === "DRAFT" ? [changeStatus] : []),
        ...(Object.keys(details).length > 0 ? [updateDetails] : []),
        ...(status !== undefined && status !== "DRAFT" ? [changeStatus] : []),
      ],
    });
    if (written.kind === "problem") return written;
    const row = await deps.inTenant(request.tenantId, (tx) =>
      getScript({ prisma: tx }, { tenantId: request.tenantId, scriptId }),
    );
    const body = { ...scriptWithStreamBody(row!), write: writeReceipt(written.result) };
    return answer(200, body, etagOf(written.result));
  },
});
