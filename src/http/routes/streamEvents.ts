import type { z } from "zod";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { problem, type Problem } from "../problems.ts";
import { readRoute } from "../route.ts";
import { eventFilterQuery, eventStreamItemSchema, streamQuery } from "../schemas/event.ts";
import type { StreamPlace } from "../sse/eventStreams.ts";
import { SSE_HEADERS } from "../sse/sseHeaders.ts";
import * as examples from "../openapi/eventExamples.ts";

export const streamEvents = readRoute({
  method: "get",
  path: "/events/stream",
  operationId: "streamEvents",
  tag: "Events",
  summary: "Hear of what happens, as it happens",
  description:
    "Server-sent events. Every event of the tenant that fits the query is sent, in the order of the feed, at least once. A client that comes back with the id it had last (EventSource does so by itself) misses none; without an id the stream begins now. An event named `reset` says that the id is of no use here, because the events after it are deleted or it never was one: read the present state anew, the stream goes on from there. A comment comes when nothing else does. A client that does not read is cut off and may come back. A stream ends with the credential that it was opened with, and after an hour in any case (configurable): come back.",
  query: streamQuery,
  takesTicket: true,
  headers: [...READ_HEADERS, "last-event-id"],
  responses: {
    200: {
      description:
        "The stream. It ends when the client goes, the credential ends, the server stops, or it has been open for long; a last comment says why.",
      itemSchema: eventStreamItemSchema,
      contentType: SSE_HEADERS["content-type"],
      example: examples.eventStream,
    },
  },
  problems: [...READ_PROBLEMS, "invalid_query", "too_many_streams", "streams_full", "not_ready"],
  async handle({ streams, metrics }, { tenantId, principal, query, headers }) {
    const { tokenId, expiresAt } = principal;
    const owner = { tenantId, tokenId };
    const place = streams.enter(owner);
    if (place.kind !== "place") return refuse(place);
    const leave = (): void => {
      place.leave();
      metrics.sseClients.set(streams.count);
    };
    metrics.sseClients.set(streams.count);
    try {
      // The header is what EventSource says when it comes back, with the same URL that it began with.
      const lastEventId = readLastEventId(headers["last-event-id"]) ?? query.lastEventId;
      const head = await streams.readHead();
      const filter = filterOf(query);
      return {
        kind: "answer" as const,
        status: 200 as const,
        headers: SSE_HEADERS,
        stream: (response) =>
          streams.serve(response, { owner, expiresAt, filter, lastEventId, head }).finally(leave),
      };
    } catch (error) {
      leave();
      throw error;
    }
  },
});

/** An empty one is what a client sends that has none. */
function readLastEventId(header: string | string[] | undefined): string | undefined {
  const text = Array.isArray(header) ? header.join() : header;
  return text === "" ? undefined : text;
}

function filterOf(query: z.output<typeof streamQuery>) {
  return Object.fromEntries(
    Object.keys(eventFilterQuery).map((name) => [name, query[name as keyof typeof eventFilterQuery]]),
  );
}

function refuse(place: Exclude<StreamPlace, { kind: "place" }>): Problem {
  const headers = { "retry-after": "5" };
  if (place.kind === "ending")
    return problem("not_ready", "The service is stopping. Connect again; another process may answer.", {
      headers,
    });
  const { of, limit } = place;
  const message = `There are ${limit} event streams of this ${of} open, the most that this process serves.`;
  return of === "process"
    ? problem("streams_full", `${message} Try again soon; another process may have room.`, { headers })
    : problem("too_many_streams", `${message} Close one, or wait until one has ended.`, {
        headers,
        details: { of, limit },
      });
}
