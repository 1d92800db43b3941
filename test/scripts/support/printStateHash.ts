import { readFileSync } from "node:fs";
import { EMPTY_STATE } from "../../../src/scripts/emptyState.ts";
import { replay } from "../../../src/scripts/replay.ts";
import { stateHash } from "../../../src/scripts/snapshot.ts";
import type { StoredCommand } from "../../../src/scripts/storedCommand.ts";

// Run as a process of its own with the path of a file that holds logs: prints the hash that each replays to.
const logs = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as StoredCommand[][];
process.stdout.write(JSON.stringify(logs.map((log) => stateHash(replay(EMPTY_STATE, log)))));
