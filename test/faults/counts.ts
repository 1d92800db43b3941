/** How often what happened. */
export interface Counts {
  add(what: string, times?: number): void;
  of(what: string): number;
  /** "edits 1200, conflicts 31": in the order in which each was first seen. */
  describe(): string;
}

export function createCounts(): Counts {
  const counts = new Map<string, number>();
  const of = (what: string): number => counts.get(what) ?? 0;
  return {
    add: (what, times = 1) => void counts.set(what, of(what) + times),
    of,
    describe: () => [...counts].map(([what, count]) => `${what} ${count}`).join(", ") || "nothing",
  };
}
