import { z } from "zod";
import { PUBLISHERS } from "../../commands/role.ts";
import { versionBody } from "../bodies.ts";
import { EDIT_PROBLEMS, WAITING_HEADERS } from "../declared.ts";
import type { HttpDeps } from "../httpDeps.ts";
import type { Problem } from "../problems.ts";
import { versionNotFound } from "../refusedSubmission.ts";
import { answer, writeRoute, type WriteRequest } from "../route.ts";
import { versionParams, writeMembers } from "../schemas/members.ts";
import { pendingSchema } from "../schemas/pending.ts";
import { versionWrittenSchema } from "../schemas/version.ts";
import { submitWrite, writeReceipt } from "../submitWrite.ts";
import { pending, waitForVersion } from "../waitForWrite.ts";
import * as examples from "../openapi/examples.ts";

const bodySchema = z.strictObject(writeMembers).default({});

const responses = {
  200: {
    description: "The version as it is now.",
    schema: versionWrittenSchema,
    headers: ["etag", "location"],
    example: examples.versionPublished,
  },
  202: {
    description: "Stored; it will take effect.",
    schema: pendingSchema,
    headers: ["etag", "location", "retry-after"],
    example: examples.pendingWrite,
  },
} as const;

export const publishVersion = writeRoute({
  method: "post",
  path: "/scripts/{scriptId}/versions/{version}/publish",
  operationId: "publishVersion",
  tag: "Versions",
  allow: PUBLISHERS,
  summary: "Publish a version",
  description:
    "Makes a sealed version the active one and waits until reads show it. Refused with version_not_publishable, and the list of them, when its graph has errors.",
  params: versionParams,
  body: { schema: bodySchema, example: examples.writeBody },
  headers: WAITING_HEADERS,
  responses,
  problems: [...EDIT_PROBLEMS, "version_not_found"],
  handle: (deps, request) => changePublished(deps, request, "Scripts.PublishVersion.v1"),
});

export const unpublishVersion = writeRoute({
  method: "post",
  path: "/scripts/{scriptId}/versions/{version}/unpublish",
  operationId: "unpublishVersion",
  tag: "Versions",
  allow: PUBLISHERS,
  summary: "Take a published version back",
  description: "No version is active afterwards and the script is a draft; waits until reads show it.",
  params: versionParams,
  body: { schema: bodySchema, example: examples.writeBody },
  headers: WAITING_HEADERS,
  responses,
  problems: [...EDIT_PROBLEMS, "version_not_found"],
  handle: (deps, request) => changePublished(deps, request, "Scripts.UnpublishVersion.v1"),
});

async function changePublished(
  deps: HttpDeps,
  request: WriteRequest<{ scriptId: string; version: number }>,
  command: string,
) {
  const { scriptId, version } = request.params;
  const written = await submitWrite(deps, request, {
    scriptId,
    commands: [{ command, payload: { version } }],
  });
  if (written.kind === "problem")
    return isMissingVersion(written) ? versionNotFound(scriptId, version) : written;
  const waited = await waitForVersion(deps, request, written.result, version);
  if (!waited.row) return pending(written.result, waited, version);
  return answer(200, { ...versionBody(waited.row), write: writeReceipt(written.result) }, waited.headers);
}

/** The path names the version, so that it is missing is a 404 and not a refusal. */
function isMissingVersion(found: Problem): boolean {
  const details = found.details as { readonly refusals?: readonly { readonly code: string }[] } | undefined;
  return found.code === "command_refused" && details?.refusals?.[0]?.code === "version_not_found";
}
