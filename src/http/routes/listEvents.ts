import { z } from "zod";
import type { EventFilter } from "../../events/eventFilter.ts";
import type { FeedEvent } from "../../events/feedEvent.ts";
import { readFeed, type FeedPage, type ReadFeedDeps } from "../../events/readFeed.ts";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { problem, type Problem } from "../problems.ts";
import { answer, readRoute } from "../route.ts";
import { eventFilterQuery, eventPageSchema, positionText } from "../schemas/event.ts";
import { pageLimit } from "../schemas/members.ts";
import * as examples from "../openapi/eventExamples.ts";

export const listEvents = readRoute({
  method: "get",
  path: "/events",
  operationId: "listEvents",
  tag: "Events",
  summary: "Read what happened, the oldest first",
  description:
    "For those who ask from time to time instead of keeping a stream open. Send next of one page as after of the next one: no event is missed, and none comes twice. A page may be empty although there are more, when few events fit the query: the end is where next is headPosition.",
  query: z.strictObject({
    after: positionText.optional().meta({
      type: "integer",
      minimum: 0,
      description: "Position that you have seen last. Default: the oldest event that is kept.",
    }),
    limit: pageLimit(100, 1_000),
    ...eventFilterQuery,
  }),
  headers: READ_HEADERS,
  responses: {
    200: { description: "A page of the feed.", schema: eventPageSchema, example: examples.eventPage },
  },
  problems: [...READ_PROBLEMS, "invalid_query", "invalid_cursor", "cursor_expired"],
  async handle(deps, { tenantId, query }) {
    const { after, limit, ...filter } = query;
    const page = await readPage(deps, { tenantId, after, limit, filter });
    if (page.kind === "expired") return expired(page);
    if (after !== undefined && after > page.headPosition) return ahead(after, page.headPosition);
    const { events, next, headPosition } = page;
    return answer(200, { events: [...events], next, headPosition });
  },
});

/** Looks at so many pages of places for one answer: a few tens of ms when nothing fits. */
const MOST_LOOKS = 10;

async function readPage(
  deps: ReadFeedDeps,
  input: {
    readonly tenantId: string;
    readonly after: number | undefined;
    readonly limit: number;
    readonly filter: EventFilter;
  },
): Promise<FeedPage> {
  const events: FeedEvent[] = [];
  let after = input.after ?? 0;
  for (let look = 1; ; look++) {
    const page = await readFeed(deps, { ...input, after, limit: input.limit - events.length });
    if (page.kind === "expired") {
      // What was read before the rest was deleted is worth having; the next page tells of the loss.
      if (events.length > 0) return { kind: "page", events, next: after, headPosition: page.headPosition };
      if (input.after !== undefined) return page;
      // Nobody named a place: the feed begins where the deleted part ends.
      after = page.expiredPosition;
      continue;
    }
    events.push(...page.events);
    after = page.next;
    if (events.length === input.limit || after >= page.headPosition || look >= MOST_LOOKS)
      return { ...page, events };
  }
}

function expired({ expiredPosition, headPosition }: Extract<FeedPage, { kind: "expired" }>): Problem {
  return problem(
    "cursor_expired",
    `Events up to position ${expiredPosition} are deleted. Read the present state anew and go on with after=${headPosition}, or take what is kept with after=${expiredPosition}.`,
    { details: { expiredPosition, headPosition } },
  );
}

function ahead(after: number, headPosition: number): Problem {
  return problem(
    "invalid_cursor",
    `The feed ends at ${headPosition} and has never come to ${after}. Read the present state anew and go on with after=${headPosition}.`,
  );
}
