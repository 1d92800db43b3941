import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A first start makes a database cluster; on a busy machine that takes a while. */
const START_TIMEOUT_MS = 90_000;
/** Longer than any graceful stop takes: requests at hand have 10 s. */
const STOP_TIMEOUT_MS = 25_000;

/** The service as a process of its own. */
export interface StartedProcess {
  /** Where its API answers; "" of one that is only a worker. */
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its ready line, in milliseconds. */
  readonly startMs: number;
  /** The end of what it has said so far. */
  said(): string;
  /** Resolves when it has ended, with its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Asks it to stop in order; answers its exit code. Kills it when it does not stop. */
  stop(): Promise<number | NodeJS.Signals>;
  /** Ends it with kill -9, and returns when it is gone. */
  kill(): Promise<void>;
}

export type ProcessSettings = Readonly<Record<string, string | undefined>>;

/**
 * Starts the service on a free port, the way `npm start` does, and waits until it is ready. Settings are environment
 * variables; one that is undefined is taken out of ours, and those of ours that say where a service keeps its data, and
 * who may use it, are not handed on. Throws with the end of what it said when it does not become ready.
 */
export async function startProcess(
  settings: ProcessSettings,
  onOutput: (text: string) => void = () => undefined,
): Promise<StartedProcess> {
  const startedAt = performance.now();
  const { child, said, ended } = spawnService(settings, onOutput);
  const url = await untilReady(child, said, ended);
  const startMs = performance.now() - startedAt;
  const kill = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    return ended;
  };
  return {
    url,
    pid: child.pid!,
    startMs,
    said,
    ended,
    stop: async () => {
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
      return kill("SIGTERM").finally(() => clearTimeout(timer));
    },
    kill: async () => void (await kill("SIGKILL")),
  };
}

/** Runs the service for as long as it lasts: for starts that must fail. */
export async function runProcess(
  settings: ProcessSettings,
): Promise<{ readonly code: number | NodeJS.Signals; readonly said: string }> {
  const { child, said, ended } = spawnService(settings, () => undefined);
  const timer = setTimeout(() => child.kill("SIGKILL"), START_TIMEOUT_MS);
  const code = await ended.finally(() => clearTimeout(timer));
  return { code, said: said() };
}

const NOT_OURS = ["DATA_DIR", "DEV_TOKEN", "OPERATOR_DATABASE_URL"];

function spawnService(settings: ProcessSettings, onOutput: (text: string) => void) {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_OURS.includes(name));
  const env = {
    ...Object.fromEntries(inherited),
    PORT: "0",
    HOST: "127.0.0.1",
    ROLE: "all",
    LOG_LEVEL: "warn",
    ...settings,
  };
  const child = spawn(process.execPath, ["src/main/start.ts"], {
    cwd: ROOT,
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-20_000);
      onOutput(chunk);
    });
  // A run that is stopped half-way leaves no service behind.
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("error", (error) => {
      text += error.message;
      resolve(-1);
    });
    child.once("close", (code, signal) => {
      process.off("exit", endWithUs);
      resolve(code ?? signal ?? -1);
    });
  });
  return { child, ended, said: () => text };
}

async function untilReady(
  child: ChildProcess,
  said: () => string,
  ended: Promise<number | NodeJS.Signals>,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string): void =>
    reject(new Error(`The service ${why}. It said:\n${said().slice(-4_000)}`));
  const timer = setTimeout(() => fail(`was not ready after ${START_TIMEOUT_MS / 1_000} s`), START_TIMEOUT_MS);
  child.stdout!.on("data", () => {
    const url = /^\s*API\s+(http:\/\/\S+)$/m.exec(said())?.[1];
    if (url !== undefined) resolve(url);
    else if (said().includes("The worker is running")) resolve("");
  });
  void ended.then((how) => fail(`ended with ${how} before it was ready`));
  try {
    return await promise;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
