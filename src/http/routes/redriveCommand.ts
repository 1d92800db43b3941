import { OPERATORS } from "../../commands/role.ts";
import { EFFECT_HEADERS, EFFECT_PROBLEMS } from "../declared.ts";
import * as examples from "../openapi/outboxExamples.ts";
import { acceptedBody, commandNotFound, commandPath } from "../outboxBodies.ts";
import { problem } from "../problems.ts";
import { answer, effectRoute } from "../route.ts";
import { commandAcceptedSchema, commandParams } from "../schemas/outbox.ts";

export const redriveCommand = effectRoute({
  method: "post",
  path: "/commands/{correlationId}/redrive",
  operationId: "redriveCommand",
  tag: "Commands",
  summary: "Send a failed command back to its handler",
  description:
    "It has a new set of attempts, under the same id and in the name of whoever sent it. Its completion is announced once more.",
  allow: OPERATORS,
  params: commandParams,
  headers: EFFECT_HEADERS,
  responses: {
    202: {
      description: "The command will be handled again.",
      schema: commandAcceptedSchema,
      headers: ["location"],
      example: examples.commandAccepted,
    },
  },
  problems: [...EFFECT_PROBLEMS, "invalid_path", "command_not_found", "command_not_failed"],
  async handle(deps, { tenantId, params }) {
    const { correlationId } = params;
    const row = await deps.commands.find({ tenantId, correlationId });
    if (!row) return commandNotFound(correlationId);
    const sent = await deps.commands.redrive({ tenantId, id: row.id });
    if (sent) return answer(202, acceptedBody(sent), { location: commandPath(correlationId) });
    const { status } = row;
    const message = `The command is ${status}. Only one that has failed is sent back.`;
    return problem("command_not_failed", message, { details: { status } });
  },
});
