import { z } from "zod";
import { toDocument } from "../../scripts/document/document.ts";
import { hashDocument } from "../../scripts/snapshot.ts";
import type { ScriptState } from "../../scripts/state.ts";
import type { ScriptDocument } from "../../scripts/storedCommand.ts";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { etag, isNoneMatch } from "../preconditions.ts";
import { problem } from "../problems.ts";
import { scriptNotFound } from "../refusedSubmission.ts";
import { answer, readRoute } from "../route.ts";
import { graphSchema } from "../schemas/graph.ts";
import { queryTime, scriptParams } from "../schemas/members.ts";
import * as examples from "../openapi/examples.ts";

type Point = { readonly sequence: number } | { readonly time: Date };

const atSchema = z
  .string()
  .max(40)
  .refine(
    (text) => toPoint(text) !== undefined,
    "Send a sequence (12), or a time from 1970 to 9999 with its zone (2026-01-31T12:00:00Z).",
  )
  .transform((text) => toPoint(text)!);

function toPoint(text: string): Point | undefined {
  if (/^[1-9][0-9]{0,9}$/.test(text)) return { sequence: Number(text) };
  // A + that stands unescaped in a query means a space, and no time has one.
  const time = queryTime.safeParse(text.replace(" ", "+"));
  return time.success ? { time: time.data } : undefined;
}

export const getGraph = readRoute({
  method: "get",
  path: "/scripts/{scriptId}/graph",
  operationId: "getGraph",
  tag: "Log",
  summary: "Read the document as it is, or as it was",
  description:
    "Without at: as of the last acknowledged command, always. With at: right after that sequence, or as it was at that time.",
  params: scriptParams,
  query: z.strictObject({
    at: atSchema
      .optional()
      .meta({ description: "A sequence, or an ISO 8601 time with its zone.", examples: ["12"] }),
  }),
  headers: [...READ_HEADERS, "if-none-match"],
  responses: {
    200: { description: "The document.", schema: graphSchema, headers: ["etag"], example: examples.graph },
    304: { description: "It is the one that If-None-Match names.", headers: ["etag"] },
  },
  problems: [...READ_PROBLEMS, "invalid_path", "invalid_query", "script_not_found", "sequence_not_found"],
  async handle(deps, { tenantId, params, query, headers }) {
    const { scriptId } = params;
    const loaded = await deps.loadState({ tenantId, scriptId, ...(query.at ? { at: query.at } : {}) });
    if (loaded.kind === "script_not_found") return scriptNotFound(scriptId);
    if (loaded.kind === "sequence_not_found")
      return problem(
        "sequence_not_found",
        `The log goes from 1 to ${loaded.headSequence}; at lies outside of it.`,
        {
          details: { head: loaded.headSequence },
        },
      );
    const { state, sequence, headSequence } = loaded;
    const answerHeaders = { etag: etag(sequence), "cache-control": "private, no-cache" };
    if (isNoneMatch(headers, sequence)) return answer(304, undefined, answerHeaders);
    return answer(200, { scriptId, sequence, headSequence, ...describeState(state) }, answerHeaders);
  },
});

function describeState(state: ScriptState) {
  const { details, status, latestVersion, activeVersion, draftChanged } = state;
  return { ...documentOf(state), details, status, latestVersion, activeVersion, draftChanged };
}

type HashedDocument = ScriptDocument & { readonly graphHash: string };

// Hashing a graph of 2,000 nodes takes 8 ms, and a state never changes: readers of the same head share it.
const documents = new WeakMap<ScriptState, HashedDocument>();

function documentOf(state: ScriptState): HashedDocument {
  const known = documents.get(state);
  if (known) return known;
  const document = toDocument(state);
  const hashed = { ...document, graphHash: hashDocument(document) };
  documents.set(state, hashed);
  return hashed;
}
