import { z } from "zod";
import { PUBLISHERS } from "../../commands/role.ts";
import { findCommandPayload } from "../../reads/findCommandPayload.ts";
import { versionBody } from "../bodies.ts";
import { EDIT_PROBLEMS, WAITING_HEADERS } from "../declared.ts";
import type { HttpDeps } from "../httpDeps.ts";
import type { Problem } from "../problems.ts";
import { scriptNotFound } from "../refusedSubmission.ts";
import { answer, writeRoute, type WriteMembers, type WriteRequest } from "../route.ts";
import { orNull, scriptParams, writeMembers } from "../schemas/members.ts";
import { pendingSchema } from "../schemas/pending.ts";
import { writeReceiptSchema } from "../schemas/receipt.ts";
import { versionSchema } from "../schemas/version.ts";
import {
  idOfEffect,
  nthCommandId,
  submitWrite,
  writeReceipt,
  type Accepted,
  type WriteInput,
} from "../submitWrite.ts";
import { pending, sealedVersion, waitForVersion, waitForWrite } from "../waitForWrite.ts";
import * as examples from "../openapi/examples.ts";

const bodySchema = z.strictObject({
  version: z.int().min(1).meta({ description: "The sealed version to go back to." }),
  commit: z.boolean().optional().meta({ description: "Seal the restored draft as a new version." }),
  publish: z.boolean().optional().meta({ description: "Publish that new version; implies commit." }),
  ...writeMembers,
});

const rolledBackSchema = z
  .object({
    scriptId: z.string(),
    rolledBackTo: z.number().int(),
    version: orNull(versionSchema).meta({
      description: "The new version, when commit or publish was asked for.",
    }),
    write: writeReceiptSchema,
  })
  .meta({ id: "RolledBack" });

export const rollback = writeRoute({
  method: "post",
  path: "/scripts/{scriptId}/rollback",
  operationId: "rollback",
  tag: "Versions",
  allow: PUBLISHERS,
  summary: "Make the draft what a version was",
  description:
    "Appends Scripts.RollbackToVersion, and CommitVersion and PublishVersion when asked for, all or none. Nothing is erased: the log goes on, and so do the version numbers.",
  params: scriptParams,
  body: { schema: bodySchema, example: examples.rollbackBody },
  headers: WAITING_HEADERS,
  responses: {
    200: {
      description: "The draft is what the version was.",
      schema: rolledBackSchema,
      headers: ["etag"],
      example: examples.rolledBack,
    },
    202: {
      description: "Stored; it will take effect.",
      schema: pendingSchema,
      headers: ["etag", "location", "retry-after"],
      example: examples.pendingWrite,
    },
  },
  problems: EDIT_PROBLEMS,
  async handle(deps, request) {
    const written = await submitRollback(deps, request);
    if (written.kind === "problem") return written;
    const { result } = written;
    const body = {
      scriptId: result.scriptId,
      rolledBackTo: request.body.version,
      write: writeReceipt(result),
    };
    const version = sealedVersion(result);
    if (version === undefined) {
      const waited = await waitForWrite(deps, request, result);
      return waited.isDone
        ? answer(200, { ...body, version: null }, waited.headers)
        : pending(result, waited, null);
    }
    const waited = await waitForVersion(deps, request, result, version);
    if (!waited.row) return pending(result, waited, version);
    return answer(200, { ...body, version: versionBody(waited.row) }, waited.headers);
  },
});

type RollbackRequest = WriteRequest<
  { readonly scriptId: string },
  WriteMembers & {
    readonly version: number;
    readonly commit?: boolean | undefined;
    readonly publish?: boolean | undefined;
  }
>;

/** Times the number of the new version is looked up again because somebody else made one in between. */
const MAX_TRIES = 5;

async function submitRollback(deps: HttpDeps, request: RollbackRequest): Promise<Accepted | Problem> {
  const { scriptId } = request.params;
  const commands: WriteInput["commands"] = [
    { command: "Scripts.RollbackToVersion.v1", payload: { version: request.body.version } },
    // allowUnchanged: going back to the latest version is no edit, but who asks for a version gets one.
    { command: "Scripts.CommitVersion.v1", payload: { allowUnchanged: true } },
  ];
  if (!request.body.publish)
    return submitWrite(deps, request, { scriptId, commands: commands.slice(0, request.body.commit ? 2 : 1) });
  for (let tries = 1; ; tries++) {
    const next = await nextVersion(deps, request);
    if (next.kind === "problem") return next;
    const publish = { command: "Scripts.PublishVersion.v1", payload: { version: next.version } };
    const written = await submitWrite(deps, request, {
      scriptId,
      commands: [...commands, publish],
      expectedSequence: request.precondition.expectedSequence ?? next.sequence,
    });
    const isOvertaken =
      written.kind === "problem" &&
      written.code === "sequence_conflict" &&
      request.precondition.expectedSequence === undefined;
    if (!isOvertaken || tries === MAX_TRIES) return written;
  }
}

/**
 * The number that the new version will have, and the head at which that is so. A repeat of a rollback that is
 * in the log already gets the number of that time: it has to be the same batch.
 */
async function nextVersion(
  deps: HttpDeps,
  request: RollbackRequest,
): Promise<{ readonly kind: "next"; readonly version: number; readonly sequence: number } | Problem> {
  const { tenantId } = request;
  const { scriptId } = request.params;
  const commandId = request.body.commandId ?? idOfEffect(request);
  const loaded = await deps.loadState({ tenantId, scriptId });
  if (loaded.kind !== "found") return scriptNotFound(scriptId);
  const { sequence, state } = loaded;
  const before =
    commandId === undefined
      ? undefined
      : await deps.inTenant(tenantId, (tx) =>
          findCommandPayload({ prisma: tx }, { tenantId, scriptId, commandId: nthCommandId(commandId, 2) }),
        );
  const version = before?.["version"];
  return { kind: "next", version: typeof version === "number" ? version : state.latestVersion + 1, sequence };
}
