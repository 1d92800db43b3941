import type { z } from "zod";
import type { Json } from "../../kernel/canonicalJson.ts";
import type { Actor } from "../../scripts/storedCommand.ts";
import type { JsonObject } from "../enqueueCommand.ts";
import type { CommandHandler, HandlerOutcome } from "../handler.ts";
import type { OutboxRow } from "../outboxRow.ts";
import { readScriptsPayload } from "./scriptsPayload.ts";

/** An edit of a script, as the submit path takes it. */
export interface ScriptSubmission {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly actor: Actor;
  /** Of the caller, when the command was taken in. */
  readonly role: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly commands: readonly {
    readonly commandId: string;
    readonly command: string;
    readonly payload: unknown;
  }[];
  readonly expectedSequence?: number;
  readonly onConflict: "reject" | "rebase";
  readonly dryRun: false;
  readonly note?: string;
}

/** What became of it. main makes it from the outcome of submitCommands. */
export type ScriptOutcome =
  | { readonly kind: "accepted"; readonly result: JsonObject }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly details?: JsonObject;
    }
  | { readonly kind: "busy" };

export interface ScriptsHandlerDeps {
  /** Throws when the database cannot be reached. */
  readonly submit: (submission: ScriptSubmission) => Promise<ScriptOutcome>;
}

/**
 * Handles Scripts.* commands: they edit a script by the one way in for edits, with the identity and the role of
 * whoever sent them. Commands without an id of their own take one from the row, so a repeated attempt finds
 * them in the log (alreadyApplied). Refusals are final.
 */
export function createScriptsHandler(deps: ScriptsHandlerDeps): CommandHandler {
  return async ({ row }) => {
    const submission = readSubmission(row);
    if (submission.kind === "failed") return submission;
    const outcome = await deps.submit(submission.submission);
    switch (outcome.kind) {
      case "accepted":
        return { kind: "completed", result: outcome.result };
      case "refused": {
        const { kind: _refused, ...error } = outcome;
        return { kind: "failed", error };
      }
      case "busy":
        return {
          kind: "retry",
          error: { code: "script_busy", message: "Others are editing this script faster than this could." },
        };
    }
  };
}

function readSubmission(
  row: OutboxRow,
):
  | { readonly kind: "read"; readonly submission: ScriptSubmission }
  | Extract<HandlerOutcome, { kind: "failed" }> {
  const parsed = readScriptsPayload(row.command, row.payloadJson);
  if (!parsed.success) return invalidPayload(parsed.error);
  const { scriptId, commands, expectedSequence, onConflict = "reject", note } = parsed.data;
  return {
    kind: "read",
    submission: {
      tenantId: row.tenantId,
      scriptId,
      actor: actorOf(row),
      role: row.actorRole,
      correlationId: row.correlationId,
      causationId: row.id,
      commands: commands.map(({ commandId, command, payload }, index) => ({
        commandId: commandId ?? nthCommandId(row.id, index),
        command,
        payload,
      })),
      ...(expectedSequence === undefined ? {} : { expectedSequence }),
      onConflict,
      dryRun: false,
      ...(note === undefined ? {} : { note }),
    },
  };
}

/** The first takes the row's id as it is, as writes of several commands do everywhere. */
function nthCommandId(id: string, index: number): string {
  return index === 0 ? id : `${id}.${index + 1}`;
}

function actorOf({ actorType, actorId, onBehalfOf }: OutboxRow): Actor {
  const actor = { type: actorType, id: actorId };
  return onBehalfOf === null ? actor : { ...actor, onBehalfOf };
}

function invalidPayload(error: z.ZodError): Extract<HandlerOutcome, { kind: "failed" }> {
  const fields: Json = error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map((part) => `/${String(part)}`).join(""),
    message: issue.message,
  }));
  const message = "The payload is not that of this command.";
  return { kind: "failed", error: { code: "invalid_payload", message, details: { fields } } };
}
