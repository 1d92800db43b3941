import type { ServerResponse } from "node:http";

/** How long what comes next is kept ready for a client that is not quite as quick as we are. */
const MOMENT_MS = 50;

export type Pause = "news" | "timeout" | "closed";

/**
 * Writes to one client, no faster than it reads: after a block that did not go straight out, nothing is written
 * until all of it has. So what waits in memory for one client is one block. Without that, one client that never
 * read cost 275 MB in 3 s. Who does not read for stallMs is cut off, and comes back to where it was by its last id.
 */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #stallMs: number;
  #isClosed: boolean;
  #isEnding = false;
  #hasNews = false;
  /** Ends the pause that is under way. */
  #resume: (() => void) | undefined;

  constructor(response: ServerResponse, stallMs: number) {
    this.#response = response;
    this.#stallMs = stallMs;
    this.#isClosed = response.destroyed || response.writableEnded;
    response.once("close", () => {
      this.#isClosed = true;
      this.#resume?.();
    });
    response.on("drain", () => this.#resume?.());
    // A client that is gone; close follows.
    response.on("error", () => undefined);
  }

  /** Whether nothing more should be written. */
  get isOver(): boolean {
    return this.#isClosed || this.#isEnding;
  }

  /**
   * Writes a block and waits a moment until the next one may follow. False: the client is slow. Then call
   * untilRead before the next one, and keep nothing for it meanwhile.
   */
  async write(block: string): Promise<boolean> {
    if (this.#isClosed || this.#response.write(block)) return true;
    await this.#untilDrained(performance.now() + MOMENT_MS);
    return this.isOver || !this.#response.writableNeedDrain;
  }

  /** Waits until the client has read what was written; one that does not is cut off. */
  async untilRead(): Promise<void> {
    await this.#untilDrained(performance.now() + this.#stallMs);
    if (await this.#isStalled()) this.#cut();
  }

  /** Says that a read may find something. */
  readonly wake = (): void => {
    this.#hasNews = true;
    this.#resume?.();
  };

  /** Waits for news since the last call. */
  async untilNews(ms: number): Promise<Pause> {
    if (!this.#hasNews && !this.isOver) await this.#pause(ms);
    if (this.isOver) return "closed";
    if (!this.#hasNews) return "timeout";
    this.#hasNews = false;
    return "news";
  }

  /** Ends the stream after what is being written. */
  end(): void {
    this.#isEnding = true;
    this.#resume?.();
  }

  async #untilDrained(deadline: number): Promise<void> {
    for (;;) {
      const leftMs = deadline - performance.now();
      if (this.isOver || !this.#response.writableNeedDrain || leftMs <= 0) return;
      await this.#pause(leftMs);
    }
  }

  /** In a process that was busy for long the time is up before it has looked at its sockets: look at them first. */
  async #isStalled(): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve));
    return !this.isOver && this.#response.writableNeedDrain;
  }

  #cut(): void {
    this.#isClosed = true;
    this.#response.destroy();
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#resume = undefined;
  }
}
