import type { Json } from "../kernel/canonicalJson.ts";
import type { ActorType, Facts, PatchOperation } from "../scripts/storedCommand.ts";

/** One row of ScriptCommand as the log keeps it; the fields are documented in prisma/schema/log.prisma. */
export interface LogRow {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly sequence: number;
  readonly id: string;
  readonly commandId: string;
  readonly batchId: string;
  readonly type: string;
  readonly typeVersion: number;
  readonly payload: { readonly [key: string]: Json };
  readonly facts: Facts;
  readonly patch: readonly PatchOperation[];
  readonly inversePatch: readonly PatchOperation[];
  readonly actorType: ActorType;
  readonly actorId: string;
  readonly onBehalfOf: string | null;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly note: string | null;
  readonly reducerVersion: number;
  readonly chainHash: string;
  readonly createdAt: Date;
}

/** Names one script. */
export interface ScriptKey {
  readonly tenantId: string;
  readonly scriptId: string;
}
