import type { z } from "zod";
import type { OutboxRow } from "../outbox/outboxRow.ts";
import { problem } from "./problems.ts";
import type { commandAcceptedSchema, commandSchema } from "./schemas/outbox.ts";

export function acceptedBody({
  correlationId,
  id,
  status,
}: OutboxRow): z.infer<typeof commandAcceptedSchema> {
  return { correlationId, id, status };
}

export function commandBody(row: OutboxRow): z.infer<typeof commandSchema> {
  const { correlationId, id, command, status, attempts, maxAttempts, runId } = row;
  return {
    correlationId,
    id,
    command,
    status,
    attempts,
    maxAttempts,
    result: row.resultJson as z.infer<typeof commandSchema>["result"],
    error: row.errorJson as z.infer<typeof commandSchema>["error"],
    runId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    completedAt: row.completedAt?.toISOString() ?? null,
  };
}

export function commandPath(correlationId: string): string {
  return `/commands/${correlationId}`;
}

export function commandNotFound(correlationId: string) {
  return problem(
    "command_not_found",
    `This tenant has sent no command under the correlation id "${correlationId}".`,
  );
}
