import { z } from "zod";
import { readCommands } from "../../log/readCommands.ts";
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
    const { after, limit } = query;
    const { head, rows } = await deps.inTenant(tenantId, async (tx) => ({
      // The head first: commands that come in between only make the page longer than the head says.
      head: await findHead({ prisma: tx }, { tenantId, scriptId }),
      rows: await readCommands({ prisma: tx }, { tenantId, scriptId, after, limit }),
    }));
    if (head === undefined) return scriptNotFound(scriptId);
    const last = rows.at(-1)?.sequence ?? after;
    const headSequence = Math.max(head, last === after ? 0 : last);
    const body = {
      scriptId,
      headSequence,
      commands: rows.map(loggedCommandBody),
      nextAfter: rows.length > 0 && last < headSequence ? last : null,
    };
    return answer(200, body, { etag: etag(headSequence) });
  },
});
