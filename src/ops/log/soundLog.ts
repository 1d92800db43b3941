import type { PrismaClient } from "../../db/generated/client.ts";
import { chainHash, GENESIS_HASH } from "../../log/chainHash.ts";
import type { LogRow, ScriptKey } from "../../log/logRow.ts";
import { readLogPages } from "./readLogPages.ts";
import { OpsError } from "../frame/opsError.ts";

/** The log has a gap, ends too early, or a command in it was changed: nothing may be made from it. */
export class DamagedLogError extends OpsError {}

/** Reads a script's log once, from its first command on, and holds it against its chain of hashes meanwhile. */
export class SoundLog {
  readonly #deps: { readonly prisma: Pick<PrismaClient, "$queryRaw"> };
  readonly #key: ScriptKey;
  #first: LogRow | undefined;
  #last: LogRow | undefined;

  constructor(deps: { readonly prisma: Pick<PrismaClient, "$queryRaw"> }, key: ScriptKey) {
    this.#deps = deps;
    this.#key = key;
  }

  /** The commands behind those that were read, up to this one. Throws DamagedLogError. */
  async *readTo(sequence: number): AsyncGenerator<LogRow[]> {
    const after = this.#last?.sequence ?? 0;
    for await (const page of readLogPages(this.#deps, { ...this.#key, after, upTo: sequence })) {
      for (const row of page) this.#follow(row);
      yield page;
    }
    const end = this.#last?.sequence ?? 0;
    if (end < sequence) throw this.#damage(`ends at command ${end}, and there were ${sequence}`);
  }

  /** The first command; undefined before anything was read. */
  get first(): LogRow | undefined {
    return this.#first;
  }

  /** The last command that was read. */
  get last(): LogRow | undefined {
    return this.#last;
  }

  #follow(row: LogRow): void {
    const before = this.#last;
    const expected = (before?.sequence ?? 0) + 1;
    if (row.sequence !== expected)
      throw this.#damage(`has command ${row.sequence} where ${expected} should be`);
    if (row.chainHash !== chainHash(before?.chainHash ?? GENESIS_HASH, row))
      throw this.#damage(`breaks its chain of hashes at command ${row.sequence}`);
    this.#first ??= row;
    this.#last = row;
  }

  #damage(what: string): DamagedLogError {
    const { scriptId } = this.#key;
    return new DamagedLogError(
      `The log of script ${scriptId} ${what}. Run "ops verify --script ${scriptId}", and restore the log from a backup.`,
    );
  }
}
