/** Numbers that look random and follow from a seed alone. */
export interface Dice {
  /** A whole number from `low` to `high`, both included. */
  roll(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
  /** A UUID version 4. */
  id(): string;
}

/** Mulberry32: 32 bits of state, good enough for test data, the same numbers everywhere. */
export function makeDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const hex = (): string => next().toString(16).padStart(8, "0");
  const roll = (low: number, high: number): number => low + (next() % (high - low + 1));
  return {
    roll,
    pick: (from) => from[roll(0, from.length - 1)]!,
    id: () => {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}
