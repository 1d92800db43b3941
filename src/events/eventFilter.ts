/** Which events somebody wants: those that fit everything that is said. */
export interface EventFilter {
  readonly correlationId?: string | undefined;
  readonly scriptId?: string | undefined;
  readonly runId?: string | undefined;
  /** Whole types, and beginnings with a star at the end: Runs.* */
  readonly types?: readonly string[] | undefined;
}

/** What a filter looks at. */
export interface FilteredEvent {
  readonly event: string;
  readonly correlationId: string;
  readonly scriptId?: string | undefined;
  readonly runId?: string | undefined;
}

export function fits(filter: EventFilter, event: FilteredEvent): boolean {
  return (
    (filter.correlationId === undefined || filter.correlationId === event.correlationId) &&
    (filter.scriptId === undefined || filter.scriptId === event.scriptId) &&
    (filter.runId === undefined || filter.runId === event.runId) &&
    (filter.types === undefined || filter.types.some((type) => isOfType(type, event.event)))
  );
}

function isOfType(wanted: string, type: string): boolean {
  return wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : wanted === type;
}

/** The types of a filter, whole ones and beginnings apart, as SQL asks for them. */
export function splitTypes(types: readonly string[] | undefined): {
  readonly whole: string[];
  readonly beginnings: string[];
} {
  const { whole = [], beginnings = [] } = Object.groupBy(types ?? [], (type) =>
    type.endsWith("*") ? "beginnings" : "whole",
  );
  return { whole, beginnings: beginnings.map((type) => type.slice(0, -1)) };
}

/** Whether it lets every event through. */
export function isOpen({ correlationId, scriptId, runId, types }: EventFilter): boolean {
  return correlationId === undefined && scriptId === undefined && runId === undefined && types === undefined;
}
