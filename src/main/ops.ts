#!/usr/bin/env node
import { BACKFILL_VERBS } from "../../migrations-backfill/cli/verbs.ts";
import { runOps } from "../ops/runOps.ts";
import { VERBS } from "../ops/verbs.ts";
import { describeConfig, readConfig, type Config } from "./config.ts";
import { openOpsStore } from "./openOpsStore.ts";

/** The operators' command line: node src/main/ops.ts <verb> ... See --help. */
const stopping = new AbortController();
// The first Ctrl-C lets the work end at a safe point; a second one ends the process at once.
process.once("SIGINT", () => stopping.abort());

// Whoever reads, such as head, has seen enough and is gone.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

let config: Config | undefined;
const settings = (): Config => (config ??= readConfig(process.env));

process.exitCode = await runOps(
  {
    terminal: {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
      isPerson: process.stdout.isTTY,
      showsProgress: process.stderr.isTTY,
    },
    openStore: async () =>
      openOpsStore({ log: (message) => void process.stderr.write(`${message}\n`) }, settings()),
    settings: () => describeConfig(settings()),
    now: () => new Date(),
    stopping: stopping.signal,
    isDebugging: process.env["LOG_LEVEL"] === "debug",
  },
  [...VERBS, ...BACKFILL_VERBS],
  process.argv.slice(2),
);
