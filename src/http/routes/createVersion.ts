import { z } from "zod";
import { EDITORS } from "../../commands/role.ts";
import { graphInputSchema, variablesInputSchema } from "../../scripts/document/schemas.ts";
import { versionBody } from "../bodies.ts";
import { EDIT_PROBLEMS, WAITING_HEADERS } from "../declared.ts";
import { answer, writeRoute } from "../route.ts";
import { anyJsonSchema, scriptParams, writeMembers } from "../schemas/members.ts";
import { pendingSchema } from "../schemas/pending.ts";
import { versionWrittenSchema } from "../schemas/version.ts";
import { submitWrite, writeReceipt } from "../submitWrite.ts";
import { pending, sealedVersion, waitForVersion } from "../waitForWrite.ts";
import * as examples from "../openapi/examples.ts";

const changelogSchema = z.string().max(5_000, "A changelog has at most 5000 characters.");

// The graph is checked where ReplaceGraph is decided: once, and with pointers into it.
const bodySchema = z.strictObject({
  graphJson: anyJsonSchema,
  variablesDef: z.unknown().optional(),
  changelog: changelogSchema.optional(),
  ...writeMembers,
});

const documentedSchema = z.strictObject({
  graphJson: graphInputSchema.meta({
    id: "GraphInput",
    description: "A graph as React Flow's toObject() gives it.",
  }),
  variablesDef: variablesInputSchema
    .optional()
    .meta({ description: "Default: the variables stay as they are." }),
  changelog: changelogSchema.optional(),
  ...writeMembers,
});

export const createVersion = writeRoute({
  method: "post",
  path: "/scripts/{scriptId}/versions",
  operationId: "createVersion",
  tag: "Versions",
  allow: EDITORS,
  summary: "Make a version of a whole graph",
  description:
    "Appends Scripts.ReplaceGraph and Scripts.CommitVersion, both or none, and waits for the version. 202: the version is certain but not made yet.",
  params: scriptParams,
  body: { schema: bodySchema, documented: documentedSchema, example: examples.createVersionBody },
  headers: WAITING_HEADERS,
  needsIdempotencyKey: true,
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
  problems: [...EDIT_PROBLEMS, "idempotency_key_missing"],
  async handle(deps, request) {
    const { graphJson, variablesDef, changelog } = request.body;
    const written = await submitWrite(deps, request, {
      scriptId: request.params.scriptId,
      commands: [
        {
          command: "Scripts.ReplaceGraph.v1",
          payload: { graphJson, ...(variablesDef === undefined ? {} : { variablesDef }) },
        },
        {
          command: "Scripts.CommitVersion.v1",
          payload: { ...(changelog === undefined ? {} : { changelog }), allowUnchanged: true },
        },
      ],
    });
    if (written.kind === "problem") return written;
    const version = sealedVersion(written.result)!;
    const waited = await waitForVersion(deps, request, written.result, version);
    if (!waited.row) return pending(written.result, waited, version);
    return answer(201, { ...versionBody(waited.row), write: writeReceipt(written.result) }, waited.headers);
  },
});
