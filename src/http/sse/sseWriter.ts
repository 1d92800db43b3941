import type { ServerResponse } from "node:http";

import { goodbyeFrame, type StreamEnd } from "./frames.ts";

/** How long what comes next is kept ready for a client that is not quite as quick as we are. */
const MOMENT_MS = 50;

/** How long a stream that is over waits for its client to take the rest. */
const FAREWELL_MS = 1_000;

/**
 * Writes to one client, no faster than it reads: after a block that did not go straight out, nothing is written
 * until all of it has. So what waits in memory for one client is what node takes before it asks to wait, 64 KB, and
 * one block. Without that, one client that never read cost 275 MB in 3 s. Who does not read for stallMs is cut off,
 * and comes back to where it was by its last id.
 */
export class SseWriter {
  readonly #response: ServerResponse;
  readonly #stallMs: number;
  #isClosed: boolean;
  #ending: StreamEnd | undefined;
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
    response.on("drain", () => this.#resume?.()).on("finish", () => this.#resume?.());
    // A client that is gone; close follows.
    response.on("error", () => undefined);
  }

  /** Whether nothing more should be written. */
  get isOver(): boolean {
    return this.#isClosed || this.#ending !== undefined;
  }

  /**
   * Writes a block and waits a moment until the next one may follow. False: the client is slow. Then call
   * untilRead before the next one, and keep nothing for it meanwhile.
   */
  async write(block: string): Promise<boolean> {
    if (this.#isClosed || this.#response.write(block)) return true;
    await this.#until(() => this.isOver || !this.#response.writableNeedDrain, MOMENT_MS);
    return this.isOver || !this.#response.writableNeedDrain;
  }

  /** Waits until the client has read what was written; one that does not is cut off. */
  async untilRead(): Promise<void> {
    await this.#until(() => this.isOver || !this.#response.writableNeedDrain, this.#stallMs);
    if (await this.#isStalled()) this.#cut();
  }

  /** Says that a read may find something. */
  readonly wake = (): void => {
    this.#hasNews = true;
    this.#resume?.();
  };

  /** Waits for news since the last call, so long at most, or until the stream is over. */
  async untilNews(ms: number): Promise<void> {
    if (!this.#hasNews && !this.isOver) await this.#pause(ms);
    this.#hasNews = false;
  }

  /** Ends the stream after what is being written: nothing more is to be read for it. Then call finish. */
  end(why: StreamEnd): void {
    this.#ending ??= why;
    this.#resume?.();
  }

  /**
   * Says why the stream is over and closes it. A client that does not take that in a moment is cut off: its place is
   * free from now on, and its connection must not stay.
   */
  async finish(): Promise<void> {
    if (this.#isClosed) return;
    this.#response.end(this.#ending && goodbyeFrame(this.#ending));
    await this.#until(() => this.#isClosed || this.#response.writableFinished, FAREWELL_MS);
    if (!this.#response.writableFinished) this.#cut();
  }

  async #until(isSo: () => boolean, ms: number): Promise<void> {
    const deadline = performance.now() + ms;
    for (let leftMs = ms; !isSo() && leftMs > 0; leftMs = deadline - performance.now())
      await this.#pause(leftMs);
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
