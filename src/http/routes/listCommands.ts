import { z } from "zod";
import { findHead } from "../../reads/findHead.ts";
import { loggedCommandBody } from "../bodies.ts";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { etag } from "../preconditions.ts";
import { scriptNotFound } from "../refusedSubmission.ts";
import { answer, readRoute } from "../route.ts";
import { loggedCommandSchema } from "../schemas/command.ts";
import { integerText, pageLimit, scriptParams, sequenceSchema } from "../schemas/members.ts";
import * as examples from "../openapi/examples.ts";

const logPageSchema = z
  .object({
    scriptId: z.string(),
    headSequence: sequenceSchema,
    commands: z.array(loggedCommandSchema),
    nextAfter: sequenceSchema
      .nullable()
      .meta({ description: "after of the next page; null: this is the end." }),
  })
  .meta({ id: "LogPage" });

export const listCommands = readRoute({
  method: "get",
  path: "/scripts/{scriptId}/commands",
  operationId: "listCommands",
  tag: "Log",
  summary: "Read a script's log, the oldest first",
  params: scriptParams,
  query: z.strictObject({
    after: integerText(0).default(0).meta({
      type: "integer",
      minimum: 0,
      default: 0,
      description: "Only commands with a higher sequence.",
    }),
    limit: pageLimit(100, 1_000),
  }),
  headers: READ_HEADERS,
  responses: {
    200: {
      description: "A page of the log.",
      schema: logPageSchema,
      headers: ["etag"],
      example: examples.logPage,
    },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "invalid_query", "script_not_found"],
  async handle(deps, { tenantId, params, query }) {
    const { scriptId } = params;
    // The head first: commands that come in between only make the page longer than the head says.
    const head = await findHead(deps, { tenantId, scriptId });
    if (head === undefined) return scriptNotFound(scriptId);
    const rows = await deps.readCommands({ tenantId, scriptId, after: query.after, limit: query.limit });
    const last = rows.at(-1)?.sequence ?? query.after;
    const headSequence = Math.max(head, last === query.after ? 0 : last);
    const body = {
      scriptId,
      headSequence,
      commands: rows.map(loggedCommandBody),
      nextAfter: rows.length > 0 && last < headSequence ? last : null,
    };
    return answer(200, body, { etag: etag(headSequence) });
  },
});
