import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import type { PrismaClient } from "../../db/generated/client.ts";
import { GENESIS_HASH } from "../../log/chainHash.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { EMPTY_STATE } from "../../scripts/emptyState.ts";
import { replay } from "../../scripts/replay.ts";
import { stateHash } from "../../scripts/snapshot.ts";
import { findScript } from "../frame/findScript.ts";
import type { Verb } from "../frame/verb.ts";
import { SoundLog } from "../log/soundLog.ts";
import { LogFileWriter, type LogFileEnd } from "./logFile.ts";

/** Writes a script's log as NDJSON. */
export const exportVerb: Verb = {
  name: "export <script>",
  summary: "write a script's log as NDJSON, sealed by a hash; the same log gives the same bytes",
  addOptions: (command) => command.option("--out <file>", "write it there and not to the terminal"),
  run: async ({ store, output, global }, [name], options) => {
    const { prisma } = await store();
    const key = await findScript({ prisma }, { name: name!, tenant: global.tenant });
    const { headSequence } = await prisma.scriptStream.findUniqueOrThrow({
      where: { tenantId_scriptId: key },
      select: { headSequence: true },
    });
    const file = options["out"] as string | undefined;
    if (file === undefined) {
      await writeLog({ prisma, write: output.raw, onCommands: () => undefined }, key, headSequence);
      return 0;
    }
    const progress = output.progress("export", headSequence);
    const end = await writeFile(file, (write) =>
      writeLog({ prisma, write, onCommands: progress.add }, key, headSequence),
    );
    progress.end();
    output.result(
      { ...key, ...end, file },
      () => `Wrote ${end.commands} command(s) of ${key.scriptId} to ${file}.`,
    );
    return 0;
  },
};

interface WriteDeps {
  readonly prisma: Pick<PrismaClient, "$queryRaw">;
  readonly write: (text: string) => void;
  readonly onCommands: (count: number) => void;
}

/** Writes the log up to a sequence. Throws DamagedLogError. */
async function writeLog(deps: WriteDeps, key: ScriptKey, upTo: number): Promise<LogFileEnd> {
  const writer = new LogFileWriter();
  deps.write(writer.header(key));
  let state = EMPTY_STATE;
  const log = new SoundLog(deps, key);
  for await (const page of log.readTo(upTo)) {
    for (const row of page) deps.write(writer.command(row));
    state = replay(state, page);
    deps.onCommands(page.length);
  }
  const chainHash = log.last?.chainHash ?? GENESIS_HASH;
  const end = { commands: upTo, chainHash, stateHash: stateHash(state) };
  deps.write(writer.end(end));
  return end;
}

/** Whole or not at all. */
async function writeFile<T>(path: string, work: (write: (text: string) => void) => Promise<T>): Promise<T> {
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, "w");
  try {
    const result = await work((text) => void writeSync(file, text));
    closeSync(file);
    renameSync(draft, path);
    return result;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
