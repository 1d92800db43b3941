/**
 * Lets many callers through together, or one alone.
 *
 * A caller that asks to be alone waits until those inside have left, and whoever comes after it waits behind
 * it, so neither kind starves the other.
 */
export class Turnstile {
  #inside = 0;
  #alone = false;
  readonly #waiting: { alone: boolean; enter: () => void }[] = [];

  get idle(): boolean {
    return this.#inside === 0 && this.#waiting.length === 0;
  }

  /** Enters together with others. Call the returned function to leave. */
  async together(): Promise<() => void> {
    return this.#enter(false);
  }

  /** Enters when nobody else is inside. Call the returned function to leave. */
  async alone(): Promise<() => void> {
    return this.#enter(true);
  }

  async #enter(alone: boolean): Promise<() => void> {
    if (this.#waiting.length > 0 || !this.#fits(alone))
      await new Promise<void>((enter) => this.#waiting.push({ alone, enter }));
    else this.#admit(alone);
    return () => this.#leave();
  }

  #fits(alone: boolean): boolean {
    return alone ? this.#inside === 0 : !this.#alone;
  }

  // The newcomer is counted before it wakes: else a second one could slip in between.
  #admit(alone: boolean): void {
    this.#inside++;
    this.#alone = alone;
  }

  #leave(): void {
    this.#inside--;
    if (this.#inside === 0) this.#alone = false;
    for (let next = this.#waiting[0]; next && this.#fits(next.alone); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#admit(next.alone);
      next.enter();
    }
  }
}
