import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../../kernel/canonicalJson.ts";
import type { LogRow } from "../../log/logRow.ts";
import { OpsError } from "../frame/opsError.ts";

/**
 * A script's log as a file: a header, one line per command, and a last line that counts and seals them. Lines are
 * canonical JSON and hold nothing of the moment of the export, so the same log makes the same bytes.
 */
const FORMAT = "script-log";
const FORMAT_VERSION = 1;

export interface LogFileHeader {
  readonly tenantId: string;
  readonly scriptId: string;
}

export interface LogFileEnd {
  readonly commands: number;
  /** Of the last command. */
  readonly chainHash: string;
  /** Of the state that the log gives. */
  readonly stateHash: string;
}

const headerSchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.number().int(),
  tenantId: z.string().min(1),
  scriptId: z.string().min(1),
});
const endSchema = z.object({
  end: z.literal(true),
  commands: z.number().int(),
  chainHash: z.string().length(64),
  stateHash: z.string().length(64),
  sha256: z.string().length(64),
});

/** Makes the lines of a file, each with its line break, and keeps the hash that the last one ends with. */
export class LogFileWriter {
  readonly #hash = createHash("sha256");

  header(header: LogFileHeader): string {
    return this.#line({ format: FORMAT, formatVersion: FORMAT_VERSION, ...header });
  }

  command(row: LogRow): string {
    return this.#line({ ...row, createdAt: row.createdAt.toISOString() });
  }

  end(end: LogFileEnd): string {
    const { commands, chainHash, stateHash } = end;
    return this.#line({ end: true, commands, chainHash, stateHash, sha256: this.#hash.copy().digest("hex") });
  }

  #line(value: object): string {
    const line = `${canonicalJson(value)}\n`;
    this.#hash.update(line);
    return line;
  }
}

export type LogFilePart =
  | ({ readonly kind: "header" } & LogFileHeader)
  | { readonly kind: "command"; readonly row: LogRow }
  | ({ readonly kind: "end" } & LogFileEnd);

/**
 * Reads a file line by line, whatever its length. Throws OpsError, with the line, when it is not such a file, was
 * cut short, or was changed since it was written.
 */
export async function* readLogFile(path: string): AsyncGenerator<LogFilePart> {
  const hash = createHash("sha256");
  let number = 0;
  let commands = 0;
  let ended = false;
  for await (const line of linesOf(path)) {
    number++;
    if (ended) throw new OpsError(`${path}: line ${number} comes after the end.`);
    const value = parseLine(path, number, line);
    if (number === 1) yield readHeader(path, value);
    else if (isEnd(value)) {
      ended = true;
      yield readEnd(path, value, { sha256: hash.digest("hex"), commands });
    } else {
      commands++;
      yield { kind: "command", row: toRow(value) };
    }
    if (!ended) hash.update(`${line}\n`);
  }
  if (!ended)
    throw new OpsError(`${path} ends after line ${number} without its last line: it was cut short.`);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const input = createReadStream(path);
  // Missing files are told when the stream is opened, which readline does not wait for.
  await new Promise<void>((resolve, reject) => {
    input.once("open", () => resolve());
    input.once("error", (error) => reject(new OpsError(`Cannot read ${path}: ${error.message}.`)));
  });
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

function parseLine(path: string, number: number, line: string): { readonly [member: string]: unknown } {
  try {
    return JSON.parse(line) as { [member: string]: unknown };
  } catch {
    throw new OpsError(`${path}: line ${number} is no JSON.`);
  }
}

function readHeader(path: string, value: unknown): LogFilePart {
  const parsed = headerSchema.safeParse(value);
  if (!parsed.success) throw new OpsError(`${path} is no log of a script: its first line does not say so.`);
  const { formatVersion, tenantId, scriptId } = parsed.data;
  if (formatVersion > FORMAT_VERSION)
    throw new OpsError(
      `${path} has format version ${formatVersion}; this release reads up to ${FORMAT_VERSION}. Use a newer one.`,
    );
  return { kind: "header", tenantId, scriptId };
}

function isEnd(value: { readonly [member: string]: unknown }): boolean {
  return value["end"] === true;
}

function readEnd(path: string, value: unknown, found: { sha256: string; commands: number }): LogFilePart {
  const parsed = endSchema.safeParse(value);
  if (!parsed.success) throw new OpsError(`${path}: its last line does not say what it must.`);
  const { sha256, commands, chainHash, stateHash } = parsed.data;
  if (commands !== found.commands)
    throw new OpsError(`${path} has ${found.commands} command(s), its last line says ${commands}.`);
  if (sha256 !== found.sha256)
    throw new OpsError(`${path} was changed since it was written: its hash is not the one in its last line.`);
  return { kind: "end", commands, chainHash, stateHash };
}

// Whether it is whole is told by the hashes: the file's, and those of the chain.
function toRow(value: { readonly [member: string]: unknown }): LogRow {
  return { ...(value as unknown as LogRow), createdAt: new Date(String(value["createdAt"])) };
}
