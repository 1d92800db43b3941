import type { Json } from "../kernel/canonicalJson.ts";
import type { ScriptKey } from "../log/logRow.ts";
import type { PlannedEvent } from "./materialization.ts";
import { versionRowId } from "./versionRowId.ts";

/** An event in the shape in which events are written. */
export interface VersionEvent extends ScriptKey {
  readonly type: PlannedEvent["type"];
  readonly correlationId: string;
  /** commandId of the command that did it. */
  readonly causationId: string;
  readonly payload: { readonly [key: string]: Json };
  readonly occurredAt: Date;
}

/** The planned events of a script as they are written. */
export function toVersionEvents(
  { tenantId, scriptId }: ScriptKey,
  planned: readonly PlannedEvent[],
): VersionEvent[] {
  return planned.map(({ type, version, command, more }) => ({
    tenantId,
    scriptId,
    type,
    correlationId: command.correlationId,
    causationId: command.commandId,
    payload: {
      scriptId,
      version,
      versionId: versionRowId({ scriptId }, version),
      sequence: command.sequence,
      ...more,
      actor: { type: command.actorType, id: command.actorId },
      ...(command.onBehalfOf === null ? {} : { onBehalfOf: command.onBehalfOf }),
    },
    occurredAt: command.createdAt,
  }));
}
