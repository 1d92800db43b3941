/*
 * One generic command, as every operation on them shows it: see examples.ts.
 */

const correlationId = "01956f4e-7c30-7e22-9b4d-6f1a0e3c8d55";
const id = "01956f4e-7c31-7a90-8d15-2b6c4f7e9a10";
const createdAt = "2026-03-03T14:00:30.000Z";
const completedAt = "2026-03-03T14:00:31.420Z";

export const commandEnvelope = {
  command: "Contacts.UpsertAndLink.v1",
  correlationId,
  actor: { userId: "u_123" },
  context: { projectId: "prj_001" },
  payload: { contacts: [{ role: "applicant", name: "Ada Lovelace" }] },
};

export const commandAccepted = { correlationId, id, status: "PENDING" };

export const command = {
  correlationId,
  id,
  command: "Contacts.UpsertAndLink.v1",
  status: "COMPLETED",
  attempts: 2,
  maxAttempts: 6,
  result: { contacts: [{ role: "applicant", contactId: "cnt_1" }] },
  error: null,
  runId: null,
  createdAt,
  updatedAt: completedAt,
  dueAt: completedAt,
  completedAt,
};
