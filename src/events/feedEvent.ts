import type { Json } from "../kernel/canonicalJson.ts";

/** An event as it goes over the wire. */
export interface FeedEvent {
  /** Its type, such as Scripts.CommandsAppended.v1. */
  readonly event: string;
  readonly correlationId: string;
  readonly success: boolean;
  readonly payload: Json;
  readonly id: string;
  /** Its place in the feed. */
  readonly position: number;
  readonly tenantId: string;
  readonly scriptId?: string;
  readonly runId?: string;
  readonly causationId?: string;
  /** ISO 8601. */
  readonly occurredAt: string;
}
