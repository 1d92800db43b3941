import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** A first start makes a database cluster; on a busy machine that takes a while. */
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 20_000;

export interface ServiceProcess {
  /** Where the API answers: http://127.0.0.1:41234. */
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its ready line, in milliseconds. */
  readonly startMs: number;
  /** Asks it to stop in order and waits until it is gone; answers its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts the service as its own process on a free port, the way `npm start` does.
 *
 * Settings are environment variables; one that is undefined is taken out of ours. Throws with the end of what
 * the process said when it does not become ready.
 */
export async function startServiceProcess(
  settings: Readonly<Record<string, string | undefined>>,
): Promise<ServiceProcess> {
  const startedAt = performance.now();
  const env = { ...process.env, PORT: "0", HOST: "127.0.0.1", ROLE: "all", MODE: "development", ...settings };
  const child = spawn(process.execPath, ["src/main/start.ts"], {
    cwd: ROOT,
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)),
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Ours to end: a demo that is stopped half-way leaves no service behind.
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  const url = await untilReady(child);
  return {
    url,
    pid: child.pid!,
    startMs: performance.now() - startedAt,
    stop: () => stopProcess(child),
  };
}

async function untilReady(child: ChildProcess): Promise<string> {
  let said = "";
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string): void =>
    reject(new Error(`The service ${why}. It said:\n${said.slice(-4_000)}`));
  const timer = setTimeout(() => fail(`was not ready after ${START_TIMEOUT_MS / 1_000} s`), START_TIMEOUT_MS);
  const listen = (chunk: string): void => {
    // Only its beginning and what a failure looks like: a long run would gather its whole log.
    said = (said + chunk).slice(-20_000);
    const url = /^\s*API\s+(http:\/\/\S+)$/m.exec(said)?.[1];
    if (url) resolve(url);
  };
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding("utf8").on("data", listen);
  child.once("error", (error) => fail(`could not be started: ${error.message}`));
  child.once("exit", (code, signal) => fail(`ended with ${signal ?? `code ${code}`} before it was ready`));
  try {
    return await promise;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function stopProcess(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once("exit", resolve);
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  const code = await promise;
  clearTimeout(timer);
  return code;
}
