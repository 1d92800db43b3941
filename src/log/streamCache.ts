import { Turnstile } from "../kernel/turnstile.ts";
import type { ScriptKey } from "./logRow.ts";
import type { StreamTip } from "./streamTip.ts";

/**
 * What this process knows of one script.
 *
 * `committed` is in the log. `tip` runs ahead of it by the batches on their way to disk, so that the next
 * batch can be decided before the last one is durable; it is dropped when one of them fails.
 */
export interface CachedStream {
  readonly key: ScriptKey;
  /** Appenders pass together while all goes well, and alone when something must be looked up first. */
  readonly turnstile: Turnstile;
  committed: StreamTip | undefined;
  tip: StreamTip | undefined;
  /** Size of the state as JSON text: as it was measured last, and with what was added since. */
  measuredBytes: number;
  bytes: number;
}

/** Guesses below this are not worth measuring. */
const SMALL_BYTES = 64 * 1024;

/**
 * The scripts that this process has used lately, within a bound of memory. Forgetting one costs a read of its
 * newest snapshot, nothing else: the log is the truth.
 */
export class StreamCache {
  readonly #maxBytes: number;
  readonly #streams = new Map<string, CachedStream>();
  #bytes = 0;

  /** maxBytes bounds the states' JSON text; in memory they take about three times that. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: ScriptKey): CachedStream {
    const name = nameOf(key);
    let stream = this.#streams.get(name);
    if (stream) this.#streams.delete(name);
    else
      stream = {
        key,
        turnstile: new Turnstile(),
        committed: undefined,
        tip: undefined,
        measuredBytes: 0,
        bytes: 0,
      };
    // A Map keeps insertion order, so the first entry is the one that was used longest ago.
    this.#streams.set(name, stream);
    return stream;
  }

  /** Takes note of what a reader found committed, unless something newer is known already. */
  offer(stream: CachedStream, tip: StreamTip): void {
    if (!stream.committed || stream.committed.sequence < tip.sequence) this.keep(stream, tip);
  }

  /**
   * Takes note of what is committed. addedBytes: how much the state may have grown, when it is known. An edit may
   * as well have shrunk it, so it is measured again once the guesses add up to its size.
   */
  keep(stream: CachedStream, tip: StreamTip, addedBytes?: number): void {
    const known = stream.committed;
    stream.committed = tip;
    if (known === tip) return;
    const guess = stream.bytes + (addedBytes ?? 0);
    if (addedBytes !== undefined && guess <= 2 * stream.measuredBytes + SMALL_BYTES) {
      this.#resize(stream, guess);
      return;
    }
    stream.measuredBytes = JSON.stringify(tip.state).length;
    this.#resize(stream, stream.measuredBytes);
  }

  #resize(stream: CachedStream, bytes: number): void {
    if (this.#streams.get(nameOf(stream.key)) !== stream) return;
    this.#bytes += bytes - stream.bytes;
    stream.bytes = bytes;
    for (const [name, oldest] of this.#streams) {
      if (this.#bytes <= this.#maxBytes) return;
      if (oldest === stream || !oldest.turnstile.idle) continue;
      this.#streams.delete(name);
      this.#bytes -= oldest.bytes;
    }
  }
}

function nameOf(key: ScriptKey): string {
  return `${key.tenantId}\n${key.scriptId}`;
}
