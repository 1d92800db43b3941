import { z } from "zod";
import { WRITERS } from "../../commands/role.ts";
import { validateDocument } from "../validateDocument.ts";
import { BODY_PROBLEMS, READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { answer, readRoute } from "../route.ts";
import { validationSchema } from "../schemas/graph.ts";
import { anyJsonSchema } from "../schemas/members.ts";
import * as examples from "../openapi/examples.ts";

export const validateGraph = readRoute({
  method: "post",
  path: "/scripts/validate",
  operationId: "validateGraph",
  tag: "Scripts",
  allow: WRITERS,
  summary: "Check a graph without storing it",
  description:
    "problems say why it cannot be stored, findings what its author should look at. The answer is 200 whatever they are.",
  body: {
    schema: z.strictObject({ graphJson: anyJsonSchema, variablesDef: z.unknown().optional() }),
    example: examples.validateBody,
  },
  headers: READ_HEADERS,
  responses: {
    200: { description: "What is wrong with it.", schema: validationSchema, example: examples.validation },
  },
  problems: [...READ_PROBLEMS, ...BODY_PROBLEMS],
  handle: async (_, { body }) => answer(200, validateDocument(body)),
});
