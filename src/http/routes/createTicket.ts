import { createTicket as makeTicket } from "../../events/createTicket.ts";
import { READ_HEADERS, READ_PROBLEMS } from "../declared.ts";
import { answer, readRoute } from "../route.ts";
import { ticketSchema } from "../schemas/event.ts";
import * as examples from "../openapi/eventExamples.ts";

export const createTicket = readRoute({
  method: "post",
  path: "/events/tickets",
  operationId: "createTicket",
  tag: "Events",
  summary: "Get a ticket for one event stream",
  description:
    "For browsers, whose EventSource cannot send headers: open `/events/stream?ticket=` with it within a minute. It works once and for whom it was made, and is safe in a URL for that; get a new one to come back.",
  headers: READ_HEADERS,
  responses: {
    201: { description: "The ticket.", schema: ticketSchema, example: examples.ticket },
  },
  problems: READ_PROBLEMS,
  async handle({ inTenant }, { tenantId, principal }) {
    const { actor, role, tokenId, expiresAt: tokenExpiresAt = null } = principal;
    const holder = { tenantId, actorId: actor.id, actorType: actor.type, role, tokenId, tokenExpiresAt };
    const { ticket, expiresAt } = await inTenant(tenantId, (tx) => makeTicket(tx, holder, new Date()));
    return answer(201, { ticket, expiresAt: expiresAt.toISOString() });
  },
});
