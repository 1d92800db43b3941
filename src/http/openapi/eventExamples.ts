/** An edit of the renewal script, as its subscribers hear of it. */
const appended = {
  event: "Scripts.CommandsAppended.v1",
  correlationId: "call-7f3a",
  success: true,
  payload: {
    scriptId: "scr_renewal",
    batchId: "01956f4e-5a10-7c3a-9d2e-0f6b7a8c9d01",
    fromSequence: 12,
    toSequence: 12,
    headSequence: 12,
    commands: [{ commandId: "edit-7", command: "Scripts.UpdateNode.v1", sequence: 12 }],
    actor: { type: "USER", id: "user_ada" },
  },
  id: "01956f4e-5a10-7c3a-9d2e-0f6b7a8c9d01",
  position: 4711,
  tenantId: "acme",
  scriptId: "scr_renewal",
  causationId: "edit-7",
  occurredAt: "2026-03-02T09:15:00.000Z",
};

export const eventPage = { events: [appended], next: 4711, headPosition: 4711 };

export const eventStream = `retry: 1500\nid: 4710\n\nid: 4711\ndata: ${JSON.stringify(appended)}\n\n`;

export const ticket = {
  ticket: "q2Yw0mX1sVZt8bK3nL5pR7uC9eG1hJ4kM6oQ8sT0vW2",
  expiresAt: "2026-03-02T09:16:00.000Z",
};
