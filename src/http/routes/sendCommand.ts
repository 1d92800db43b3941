import type { z } from "zod";
import { EDITORS, WRITERS } from "../../commands/role.ts";
import type { Json } from "../../kernel/canonicalJson.ts";
import { readScriptsPayload, SCRIPTS_PREFIX } from "../../outbox/handlers/scriptsPayload.ts";
import { checkScriptsCommand } from "../checkScriptsCommand.ts";
import { BODY_PROBLEMS, EFFECT_HEADERS, EFFECT_PROBLEMS } from "../declared.ts";
import { checkRole } from "../identity.ts";
import * as examples from "../openapi/outboxExamples.ts";
import { acceptedBody, commandBody, commandPath } from "../outboxBodies.ts";
import { preferredWait } from "../preferWait.ts";
import { problem, type Problem } from "../problems.ts";
import { answer, effectRoute, type EffectRequest } from "../route.ts";
import { commandAcceptedSchema, commandEnvelopeSchema, commandSchema } from "../schemas/outbox.ts";

export const sendCommand = effectRoute({
  method: "post",
  path: "/commands",
  operationId: "sendCommand",
  tag: "Commands",
  summary: "Send a generic command",
  description:
    "The command is stored and handled in the background; its completion is an event { event, correlationId, success, payload } with the same correlation id. Commands are handled side by side: wait for the completion of one before sending what builds on it. Prefer: wait=N waits up to N seconds for that. A command is tried up to 5 times before it fails. Scripts.* commands edit a script with your role: the payload of Scripts.AddNode.v1 and the like is { scriptId, payload, expectedSequence?, onConflict?, commandId?, note? }, that of Scripts.ApplyCommands.v1 { scriptId, commands: [{ command, payload, commandId? }], expectedSequence?, onConflict?, note? }, all or none. What your role may not submit, and what is no such payload, is refused at once; whether the script takes it is said in the completion. Agents may send only these.",
  allow: WRITERS,
  body: { schema: commandEnvelopeSchema, example: examples.commandEnvelope },
  headers: [...EFFECT_HEADERS, "prefer"],
  needsIdempotencyKey: true,
  responses: {
    200: {
      description: "The command is settled: COMPLETED, or FAILED. Only when asked to wait.",
      schema: commandSchema,
      headers: ["location", "preference-applied"],
      example: examples.command,
    },
    202: {
      description: "The command is stored and will be handled.",
      schema: commandAcceptedSchema,
      headers: ["location"],
      example: examples.commandAccepted,
    },
  },
  problems: [
    ...EFFECT_PROBLEMS,
    ...BODY_PROBLEMS,
    "idempotency_key_missing",
    "correlation_id_reused",
    "command_refused",
  ],
  async handle(deps, request) {
    const { tenantId, body } = request;
    const refused = checkCommand(request);
    if (refused) return refused;
    const correlationId = readCorrelationId(request);
    if (typeof correlationId === "object") return correlationId;
    const sent = await deps.commands.send({
      tenantId,
      id: request.effectId,
      command: body.command,
      correlationId,
      traceparent: request.traceparent,
      saidActor: toJson(body.actor),
      context: toJson(body.context),
      payload: toJson(body.payload),
      actor: request.actor,
      role: request.principal.role,
    });
    if (sent.kind === "correlation_id_reused") return correlationIdReused(sent.correlationId);
    const { row } = sent;
    const headers = { "correlation-id": row.correlationId, location: commandPath(row.correlationId) };
    const { waitMs, applied } = preferredWait(request.headers, 0);
    if (applied === undefined) return answer(202, acceptedBody(row), headers);
    const waited = await deps.commands.waitUntilSettled({
      tenantId,
      id: row.id,
      timeoutMs: waitMs,
      signal: request.hangUp(),
    });
    const said = { ...headers, "preference-applied": applied };
    return waited.completedAt
      ? answer(200, commandBody(waited), said)
      : answer(202, acceptedBody(waited), said);
  },
});

type SendRequest = EffectRequest<unknown, z.infer<typeof commandEnvelopeSchema>>;

function checkCommand({ body: { command, payload }, principal }: SendRequest): Problem | undefined {
  if (command.startsWith(SCRIPTS_PREFIX)) {
    const edit = readScriptsPayload(command, payload);
    // The schema of the body has let no other through.
    return edit.success ? checkScriptsCommand(principal, edit.data) : undefined;
  }
  // Agents edit scripts, and make nothing else happen.
  return checkRole({ allow: EDITORS, operationId: sendCommand.operationId }, principal.role);
}

function readCorrelationId({ body, headers, correlationId }: SendRequest): string | Problem {
  const inBody = body.correlationId;
  if (inBody === undefined || inBody === correlationId) return correlationId;
  if (headers["correlation-id"] === undefined) return inBody;
  const message = `The header Correlation-Id says "${correlationId}", the body says "${inBody}". Send one, or the same in both.`;
  return problem("correlation_id_invalid", message, {
    details: { fields: [{ path: "/correlationId", message, code: "disagrees" }] },
  });
}

function correlationIdReused(correlationId: string): Problem {
  const message = `The correlation id "${correlationId}" names another command. Give each command its own.`;
  return problem("correlation_id_reused", message, { details: { correlationId } });
}

/** The body came from JSON, and was checked for what JSON cannot hold. */
function toJson(value: Readonly<Record<string, unknown>> = {}): { readonly [key: string]: Json } {
  return value as { readonly [key: string]: Json };
}
