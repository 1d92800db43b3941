import { z } from "zod";
import { getScript } from "../../reads/getScript.ts";
import { detailsShape } from "../../scripts/commands/detailsSchema.ts";
import { scriptIdSchema } from "../../scripts/scriptIdSchema.ts";
import { scriptWithStreamBody } from "../bodies.ts";
import { WRITE_HEADERS, WRITE_PROBLEMS } from "../declared.ts";
import { scriptExists } from "../refusedSubmission.ts";
import { answer, writeRoute } from "../route.ts";
import { namedTenant, writeMembers } from "../schemas/members.ts";
import { scriptWrittenSchema } from "../schemas/script.ts";
import { etagOf, submitWrite, writeReceipt } from "../submitWrite.ts";
import * as examples from "../openapi/examples.ts";

const bodySchema = z.strictObject({
  tenantId: namedTenant,
  id: scriptIdSchema
    .optional()
    .meta({ description: "Id of your choice: sending the request again is harmless then." }),
  name: detailsShape.name,
  slug: detailsShape.slug,
  description: detailsShape.description.optional(),
  labels: detailsShape.labels.optional(),
  intents: detailsShape.intents.optional(),
  languageCodes: detailsShape.languageCodes.optional(),
  embeddingKey: detailsShape.embeddingKey.optional(),
  commandId: writeMembers.commandId,
  note: writeMembers.note,
  actor: writeMembers.actor,
});

/** Command id of a creation under an id of the caller's: the same request again is the same command. */
const CREATE_COMMAND_ID = "create";

export const createScript = writeRoute({
  method: "post",
  path: "/scripts",
  operationId: "createScript",
  tag: "Scripts",
  summary: "Create a script",
  description:
    "Appends Scripts.CreateScript as the first command of a new log. With an id of your own the request may be sent again: the answer is the same, with alreadyApplied.",
  body: { schema: bodySchema, example: examples.createScriptBody },
  headers: WRITE_HEADERS.filter((name) => name !== "if-match"),
  responses: {
    201: {
      description: "The script is created.",
      schema: scriptWrittenSchema,
      headers: ["etag", "location"],
      example: examples.scriptWritten,
    },
  },
  problems: [...WRITE_PROBLEMS, "script_exists", "slug_taken", "command_id_reused", "command_refused"],
  async handle(deps, request) {
    const { id, commandId, note, actor: _, tenantId: _same, ...details } = request.body;
    const scriptId = id ?? request.effectId;
    const named = commandId ?? (id === undefined ? undefined : CREATE_COMMAND_ID);
    const written = await submitWrite(
      deps,
      { ...request, body: { commandId: named, note } },
      { scriptId, commands: [{ command: "Scripts.CreateScript.v1", payload: details }], expectedSequence: 0 },
    );
    // A command id that the caller did not choose would mean nothing to them.
    const isTaken =
      written.kind === "problem" && written.code === "command_id_reused" && commandId === undefined;
    if (written.kind === "problem" && !isTaken) return written;
    const row = await deps.inTenant(request.tenantId, (tx) =>
      getScript({ prisma: tx }, { tenantId: request.tenantId, scriptId }),
    );
    if (written.kind === "problem") return scriptExists(scriptId, row!.headSequence);
    const body = { ...scriptWithStreamBody(row!), write: writeReceipt(written.result) };
    return answer(201, body, { ...etagOf(written.result), location: `/scripts/${scriptId}` });
  },
});
