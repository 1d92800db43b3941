/** Hands on the results of work that goes on side by side in the order in which it was begun. */
export class InOrder<T> {
  readonly #handOn: (result: T) => void;
  readonly #waiting = new Map<number, T>();
  #begun = 0;
  #next = 0;

  constructor(handOn: (result: T) => void) {
    this.#handOn = handOn;
  }

  /** Takes a place; call the returned function with the result. */
  begin(): (result: T) => void {
    const place = this.#begun++;
    return (result) => {
      this.#waiting.set(place, result);
      for (
        let ready = this.#waiting.get(this.#next);
        ready !== undefined;
        ready = this.#waiting.get(this.#next)
      ) {
        this.#waiting.delete(this.#next++);
        this.#handOn(ready);
      }
    };
  }
}
