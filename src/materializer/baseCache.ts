import type { ScriptKey } from "../log/logRow.ts";
import type { MaterializationBase } from "./materialization.ts";

interface Entry {
  readonly base: MaterializationBase;
  readonly bytes: number;
}

/**
 * Where the scripts stand that this process materialized lately, within a bound of memory. Spares reading back
 * the snapshot that was just written, and checking its hash.
 */
export class BaseCache {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /** maxBytes bounds the states' JSON text; in memory they take about three times that. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is known of a script, if that is its state at this sequence: another process may have moved it on. */
  get(key: ScriptKey, sequence: number): MaterializationBase | undefined {
    const base = this.#entries.get(nameOf(key))?.base;
    return base?.sequence === sequence ? base : undefined;
  }

  /** Whether anything is known of a script. */
  has(key: ScriptKey): boolean {
    return this.#entries.has(nameOf(key));
  }

  set(key: ScriptKey, base: MaterializationBase): void {
    const bytes = JSON.stringify(base.state).length;
    this.delete(key);
    this.#entries.set(nameOf(key), { base, bytes });
    this.#bytes += bytes;
    // A Map keeps insertion order, so the first entry is the one that was written longest ago.
    for (const [name, oldest] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#entries.delete(name);
      this.#bytes -= oldest.bytes;
    }
  }

  /** Forgets a script. False when it was not known. */
  delete(key: ScriptKey): boolean {
    const name = nameOf(key);
    this.#bytes -= this.#entries.get(name)?.bytes ?? 0;
    return this.#entries.delete(name);
  }
}

function nameOf(key: ScriptKey): string {
  return JSON.stringify([key.tenantId, key.scriptId]);
}
