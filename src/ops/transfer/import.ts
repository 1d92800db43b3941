import { writeFileSync } from "node:fs";
import { createInTenant } from "../../db/inTenant.ts";
import type { Prisma } from "../../db/generated/client.ts";
import { appendCommands, type AppendRequest, type DueScript } from "../../log/appendCommands.ts";
import { chainHash, GENESIS_HASH } from "../../log/chainHash.ts";
import type { ScriptKey } from "../../log/logRow.ts";
import { sendMaterializeJobs } from "../../materializer/sendMaterializeJobs.ts";
import { startJobSender } from "../../materializer/startJobSender.ts";
import { stateHash } from "../../scripts/snapshot.ts";
import { OpsError } from "../frame/opsError.ts";
import type { OpsStore } from "../frame/store.ts";
import type { Verb } from "../frame/verb.ts";
import { readLogFile, type LogFileEnd, type LogFileHeader } from "./logFile.ts";
import { RenameRows, type MappedId } from "./renameRows.ts";
import { ToBatches } from "./toBatches.ts";

/** Brings an exported log into this database. */
export const importVerb: Verb = {
  name: "import <file>",
  summary: "bring an exported log in, whole or not at all, also into another tenant or under another id",
  help: `Actors, times, facts and command ids stay as they were; the chain of hashes is made anew for the script that
it becomes. Versions, audit rows and events follow as for any edit. With --as-id rows and batches get new
ids, and the map of them is written to --id-map.`,
  addOptions: (command) =>
    command
      .option("--as-id <id>", "id of the script that it becomes; default: the one in the file")
      .option("--id-map <file>", "write the old and new ids of commands and batches there, as NDJSON"),
  run: async (session, [file], options) => {
    const { global, output } = session;
    const progress = output.progress("check", undefined);
    const { header, end } = await checkFile(file!, progress.add);
    progress.end();
    const key: ScriptKey = {
      tenantId: global.tenant ?? header.tenantId,
      scriptId: (options["asId"] as string | undefined) ?? header.scriptId,
    };
    const store = await session.store();
    await refuseExisting(store, key);
    const result = { ...key, from: header, commands: end.commands, stateHash: end.stateHash };
    if (global.dryRun) {
      output.result({ dryRun: true, ...result }, () => `Would import ${describe(end, key)}.`);
      return 0;
    }
    const ids: MappedId[] = [];
    const bar = output.progress("import", end.commands);
    const imported = await importFile(store, {
      file: file!,
      key,
      end,
      rename: new RenameRows(key, options["asId"] !== undefined, (id) => void ids.push(id)),
      onCommands: bar.add,
    });
    bar.end();
    const mapFile = options["idMap"] as string | undefined;
    if (mapFile !== undefined) writeFileSync(mapFile, ids.map((id) => `${JSON.stringify(id)}\n`).join(""));
    output.result({ ...result, chainHash: imported.chainHash }, () => `Imported ${describe(end, key)}.`);
    return 0;
  },
};

function describe({ commands }: LogFileEnd, { tenantId, scriptId }: ScriptKey): string {
  return `${commands} command(s) as script ${scriptId} of tenant ${tenantId}`;
}

/** Reads the whole file before anything is written: its seal, and its own chain. */
async function checkFile(
  file: string,
  onCommands: (count: number) => void,
): Promise<{ readonly header: LogFileHeader; readonly end: LogFileEnd }> {
  let header: LogFileHeader | undefined;
  let end: LogFileEnd | undefined;
  let hash = GENESIS_HASH;
  let sequence = 0;
  for await (const part of readLogFile(file)) {
    if (part.kind === "header") header = { tenantId: part.tenantId, scriptId: part.scriptId };
    else if (part.kind === "end") end = part;
    else {
      if (part.row.sequence !== ++sequence || chainHash(hash, part.row) !== part.row.chainHash)
        throw new OpsError(`${file}: command ${part.row.sequence} does not continue the chain of hashes.`);
      hash = part.row.chainHash;
      onCommands(1);
    }
  }
  if (!header || !end || sequence === 0) throw new OpsError(`${file} holds no commands.`);
  if (hash !== end.chainHash)
    throw new OpsError(`${file}: its last line has another chain hash than its last command.`);
  return { header, end };
}

async function refuseExisting({ prisma }: OpsStore, key: ScriptKey): Promise<void> {
  const found = await prisma.scriptStream.findUnique({ where: { tenantId_scriptId: key } });
  if (found)
    throw new OpsError(
      `Tenant ${key.tenantId} has a script ${key.scriptId} already. Import it under another --as-id, or into another --tenant.`,
    );
}

interface ImportInput {
  readonly file: string;
  readonly key: ScriptKey;
  readonly end: LogFileEnd;
  readonly rename: RenameRows;
  readonly onCommands: (count: number) => void;
}

/** Requests of one call of the door, in commands. */
const GROUP = 500;
/** An hour: a log of a million commands takes minutes. */
const TIMEOUT_MS = 3_600_000;

/** Through the log's one door, in its role, in one transaction: a log that is half there would be another script. */
async function importFile(store: OpsStore, input: ImportInput): Promise<{ readonly chainHash: string }> {
  const { prisma } = await store.as("script_api");
  await using opened = new AsyncDisposableStack();
  const sender = opened.adopt(
    await startJobSender({
      databaseUrl: store.urlFor("script_api"),
      log: { error: () => undefined, warn: () => undefined },
    }),
    (running) => running.stop(),
  );
  return createInTenant(prisma)(
    input.key.tenantId,
    async (tx) => {
      const batches = new ToBatches();
      const door = openDoor(tx, (due) => sendMaterializeJobs(sender.boss, tx, due), input);
      for await (const part of readLogFile(input.file)) {
        if (part.kind === "header") continue;
        const request = part.kind === "end" ? batches.flush() : batches.next(input.rename.rename(part.row));
        if (request) await door.send(request);
      }
      await door.flush();
      const found = stateHash(batches.state);
      if (found !== input.end.stateHash)
        throw new OpsError(
          `${input.file}: this release replays the log to state ${found}, the one that exported it to ${input.end.stateHash}. Nothing was imported.`,
        );
      return { chainHash: batches.chainHash };
    },
    { timeoutMs: TIMEOUT_MS },
  );
}

/** Gathers requests and sends them in groups, all in the transaction at hand. */
function openDoor(
  tx: Prisma.TransactionClient,
  sendJobs: (due: readonly DueScript[]) => Promise<void>,
  { key, onCommands }: ImportInput,
): { send(request: AppendRequest): Promise<void>; flush(): Promise<void> } {
  let group: AppendRequest[] = [];
  let commands = 0;
  // The transaction is ours already, so that all groups are in one.
  const inOurs = { $transaction: (work: (tx: Prisma.TransactionClient) => unknown) => work(tx) };
  async function flush(): Promise<void> {
    if (group.length === 0) return;
    const outcomes = await appendCommands(
      { prisma: inOurs as never, sendJobs: (_tx, due) => sendJobs(due) },
      group,
    );
    for (const outcome of outcomes) {
      if (outcome.kind === "slug_taken")
        throw new OpsError(
          `Tenant ${key.tenantId} has a script with this slug already: the log gives its own. Import it into another --tenant, or change the slug of the other script.`,
        );
      if (outcome.kind !== "appended")
        throw new OpsError(`The log did not take it (${JSON.stringify(outcome)}). Nothing was imported.`);
    }
    onCommands(commands);
    group = [];
    commands = 0;
  }
  return {
    send: async (request) => {
      group.push(request);
      commands += request.commands.length;
      if (commands >= GROUP) await flush();
    },
    flush,
  };
}
