import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import * as examples from "../openapi/outboxExamples.ts";
import { commandBody, commandNotFound } from "../outboxBodies.ts";
import { answer, readRoute } from "../route.ts";
import { commandParams, commandSchema } from "../schemas/outbox.ts";

export const getCommand = readRoute({
  method: "get",
  path: "/commands/{correlationId}",
  operationId: "getCommand",
  tag: "Commands",
  summary: "Read where a generic command stands",
  description:
    "The actions of a run share the run's correlation id: then it is the command that a caller sent under it, or else the action that was sent last.",
  params: commandParams,
  headers: READ_HEADERS,
  responses: { 200: { description: "The command.", schema: commandSchema, example: examples.command } },
  problems: [...READ_PROBLEMS, "invalid_path", "command_not_found"],
  async handle(deps, { tenantId, params }) {
    const row = await deps.commands.find({ tenantId, correlationId: params.correlationId });
    return row ? answer(200, commandBody(row)) : commandNotFound(params.correlationId);
  },
});
