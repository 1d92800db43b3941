import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Memory {
  readonly rssMb: number;
  /** The most it ever was; undefined where the system does not tell. */
  readonly peakMb: number | undefined;
}

/** Resident memory of a process. */
export function readMemory(pid: number): Memory {
  if (process.platform !== "linux") {
    const kilobytes = Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
    return { rssMb: kilobytes / 1024, peakMb: undefined };
  }
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
  return { rssMb: megabytes("VmRSS"), peakMb: megabytes("VmHWM") };
}
