import { parseArgs } from "node:util";

export interface SoakOptions {
  /** How long faults happen under load. */
  readonly seconds: number;
  /** Chooses the faults, their order and their times. */
  readonly seed: number;
  /** Edits offered per second, by all actors together. */
  readonly rate: number;
  /** Leave the database and the logs of the processes for a person to look at. */
  readonly keep: boolean;
}

const USAGE = `npm run soak -- [options]

  --seconds 60   how long faults happen under load
  --seed <n>     the same faults again at the same times; a new one each time when left out
  --rate 80      edits offered per second
  --keep         leave the database and the logs behind, also when all is well`;

/** Reads the command line; throws with the usage when it makes no sense. */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string", default: "60" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      rate: { type: "string", default: "80" },
      keep: { type: "boolean", default: false },
    },
  });
  return {
    seconds: positive("seconds", values.seconds),
    seed: positive("seed", values.seed),
    rate: positive("rate", values.rate),
    keep: values.keep,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} must be a positive number, not "${text}".\n\n${USAGE}`);
}
