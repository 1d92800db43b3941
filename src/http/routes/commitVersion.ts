import { z } from "zod";
import { EDITORS } from "../../commands/role.ts";
import { versionBody } from "../bodies.ts";
import { EDIT_PROBLEMS, WAITING_HEADERS } from "../declared.ts";
import { answer, writeRoute } from "../route.ts";
import { scriptParams, writeMembers } from "../schemas/members.ts";
import { pendingSchema } from "../schemas/pending.ts";
import { versionWrittenSchema } from "../schemas/version.ts";
import { submitWrite, writeReceipt } from "../submitWrite.ts";
import { pending, sealedVersion, waitForVersion } from "../waitForWrite.ts";
import * as examples from "../openapi/examples.ts";

const bodySchema = z
  .strictObject({
    changelog: z.string().max(5_000, "A changelog has at most 5000 characters.").optional(),
    ...writeMembers,
  })
  .default({});

export const commitVersion = writeRoute({
  method: "post",
  path: "/scripts/{scriptId}/commit",
  operationId: "commitVersion",
  tag: "Versions",
  allow: EDITORS,
  summary: "Seal the draft as the next version",
  description:
    "Appends Scripts.CommitVersion and waits for the version. Refused with nothing_to_commit when the draft is what the latest version is.",
  params: scriptParams,
  body: { schema: bodySchema, example: examples.commitBody },
  headers: WAITING_HEADERS,
  responses: {
    201: {
      description: "The sealed version.",
      schema: versionWrittenSchema,
      headers: ["etag", "location"],
      example: examples.versionWritten,
    },
    202: {
      description: "Stored; the version will be made.",
      schema: pendingSchema,
      headers: ["etag", "location", "retry-after"],
      example: examples.pendingWrite,
    },
  },
  problems: EDIT_PROBLEMS,
  async handle(deps, request) {
    const { changelog } = request.body;
    const written = await submitWrite(deps, request, {
      scriptId: request.params.scriptId,
      commands: [
        { command: "Scripts.CommitVersion.v1", payload: changelog === undefined ? {} : { changelog } },
      ],
    });
    if (written.kind === "problem") return written;
    const version = sealedVersion(written.result)!;
    const waited = await waitForVersion(deps, request, written.result, version);
    if (!waited.row) return pending(written.result, waited, version);
    return answer(201, { ...versionBody(waited.row), write: writeReceipt(written.result) }, waited.headers);
  },
});
