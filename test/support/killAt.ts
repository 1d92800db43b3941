import { spawn } from "node:child_process";
import { once } from "node:events";

/** What a process that is to be killed is given, as JSON in its one argument. */
export interface DoomedTask {
  /** Name of the point at which it stands still. */
  readonly pauseAt: string;
}

/** Starts a program that calls standStill, kills it (kill -9) when it does, and returns when it is gone. */
export async function killAt(program: string, task: DoomedTask): Promise<void> {
  const child = spawn(process.execPath, [program, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const said = await Promise.race([once(child.stdout, "data").then(String), ended.then(() => "")]);
  child.kill("SIGKILL");
  await ended;
  if (said !== standsAt(task.pauseAt))
    throw new Error(`${program} was to stand still at ${task.pauseAt}. It said: ${said}`);
}

/** In such a process: says where it is, and stays there. */
export async function standStill(point: string): Promise<never> {
  process.stdout.write(standsAt(point));
  return new Promise(() => undefined);
}

function standsAt(point: string): string {
  return `paused at ${point}\n`;
}
