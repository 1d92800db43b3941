import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { startProcess, type ProcessSettings, type StartedProcess } from "../support/startProcess.ts";
import type { TcpProxy } from "./tcpProxy.ts";

/** A place for one process of the service: somebody starts it again when it is killed, as an orchestrator does. */
export interface ServiceSlot {
  /** Such as api-1. */
  readonly name: string;
  readonly role: "api" | "worker";
  /** What lies between it and the database. */
  readonly proxy: TcpProxy;
  /** Where its API answers; undefined while there is none. */
  readonly url: string | undefined;
  readonly pid: number | undefined;
  /** A fault happens to it at this moment. */
  readonly isBusy: boolean;
  start(): Promise<void>;
  /** kill -9, and a new process after a while. */
  killAndRestart(afterMs: number): Promise<void>;
  /** Stands still, its connections open, and goes on. */
  freeze(forMs: number): Promise<void>;
  /** Stops it in order; answers what went wrong. */
  stop(): Promise<string | undefined>;
  /** Ends it whatever it does. */
  abandon(): Promise<void>;
}

export interface SlotInput {
  readonly name: string;
  readonly role: "api" | "worker";
  readonly proxy: TcpProxy;
  readonly settings: ProcessSettings;
  /** File for what the process says. */
  readonly logFile: string;
  /** Called when a process ends that nobody has ended. */
  readonly onDeath: (what: string) => void;
}

/** The database is never away for so long, in ms. */
const START_PATIENCE_MS = 90_000;

export function createSlot(input: SlotInput): ServiceSlot {
  const { name, role, proxy } = input;
  let running: StartedProcess | undefined;
  let isBusy = false;
  const ending = new AbortController();

  async function start(): Promise<void> {
    const giveUpAt = performance.now() + START_PATIENCE_MS;
    // Without a database it cannot start; an orchestrator tries again.
    while (!running && !ending.signal.aborted) {
      try {
        const started = await startProcess({ LOG_LEVEL: "info", ...input.settings, ROLE: role }, log);
        running = started;
        void started.ended.then((how) => noticeEnd(started, how));
      } catch (error) {
        log(`${String(error)}\n`);
        if (performance.now() > giveUpAt) return input.onDeath(`${name} did not start: ${String(error)}`);
        await delay(500);
      }
    }
  }

  function noticeEnd(ended: StartedProcess, how: number | NodeJS.Signals): void {
    if (running !== ended) return;
    running = undefined;
    log(`--- ended by itself at ${new Date().toISOString()}\n`);
    input.onDeath(`${name} ended by itself with ${how}: ${ended.said().slice(-1_500)}`);
    if (!ending.signal.aborted) void start();
  }

  function log(text: string): void {
    appendFileSync(input.logFile, text);
  }

  async function busy(work: () => Promise<void>): Promise<void> {
    isBusy = true;
    try {
      await work();
    } finally {
      isBusy = false;
    }
  }

  function take(): StartedProcess | undefined {
    const taken = running;
    running = undefined;
    return taken;
  }

  return {
    name,
    role,
    proxy,
    get url() {
      return running?.url;
    },
    get pid() {
      return running?.pid;
    },
    get isBusy() {
      return isBusy || !running;
    },
    start,
    killAndRestart: (afterMs) =>
      busy(async () => {
        log(`--- kill -9\n`);
        await take()?.kill();
        await delay(afterMs);
        await start();
      }),
    freeze: (forMs) =>
      busy(async () => {
        const { pid } = running!;
        process.kill(pid, "SIGSTOP");
        try {
          await delay(forMs);
        } finally {
          if (running?.pid === pid) process.kill(pid, "SIGCONT");
        }
      }),
    stop: async () => {
      ending.abort();
      const stopping = take();
      const code = (await stopping?.stop()) ?? 0;
      return code === 0
        ? undefined
        : `${name} did not stop in order: ${code}. It said: ${stopping?.said().slice(-1_500)}`;
    },
    abandon: async () => {
      ending.abort();
      await take()?.kill();
    },
  };
}
