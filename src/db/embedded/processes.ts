import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Tells one process from a later one with the same number: boot and start time, where the system shows them
 * (/proc). Undefined: no such process, or a dead one that its parent has not noticed yet. Empty: it runs, but
 * when it started is not known.
 */
export function identifyProcess(pid: number): string | undefined {
  if (!takesSignals(pid)) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may hold spaces. Then: state, ..., start time.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot}:${fields[19]}`;
  } catch {
    return takesSignals(pid) ? "" : undefined;
  }
}

export function isRunning(pid: number): boolean {
  return identifyProcess(pid) !== undefined;
}

/** The command line of a process, undefined when it is gone or not ours to see. */
export function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\u0000", " ").trim();
  } catch {
    return commandLineFromPs(pid);
  }
}

function commandLineFromPs(pid: number): string | undefined {
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

function takesSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
