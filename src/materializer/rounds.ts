import { setTimeout as delay } from "node:timers/promises";

/** Does together what is to be done at the same moment, whoever brought it. */
export class Rounds<Item, Result> {
  readonly #run: (items: readonly Item[]) => Promise<Result>;
  readonly #gathering = new Map<number, { readonly items: Item[]; readonly result: Promise<Result> }>();

  constructor(run: (items: readonly Item[]) => Promise<Result>) {
    this.#run = run;
  }

  /** Has items be run with all others of that time, by performance.now(). Answers what the run of all of them did. */
  async join(at: number, items: readonly Item[]): Promise<Result> {
    let round = this.#gathering.get(at);
    if (!round) {
      const gathered: Item[] = [];
      round = { items: gathered, result: this.#begin(at, gathered) };
      this.#gathering.set(at, round);
    }
    round.items.push(...items);
    return round.result;
  }

  async #begin(at: number, items: readonly Item[]): Promise<Result> {
    await delay(Math.max(0, at - performance.now()));
    this.#gathering.delete(at);
    return this.#run(items);
  }
}
