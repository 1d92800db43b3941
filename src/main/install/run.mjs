import { spawn } from "node:child_process";
import { ROOT } from "./paths.mjs";

/**
 * Runs a program in the project's folder to its end and gathers what it printed.
 *
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, echo?: boolean, onStart?: (pid: number) => void }} [options] echo: also show
 *   the output as it comes
 * @returns {Promise<{ code: number | null, output: string, missing: boolean }>} code is null when a signal ended
 *   it; missing: there is no such program
 */
export async function run(file, args, options = {}) {
  return new Promise((resolve) => {
    // No stdin: nothing here may wait for a key. Windows starts npm.cmd only through its shell.
    const child = spawn(file, args, {
      cwd: ROOT,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && !file.endsWith(".exe"),
    });
    if (child.pid !== undefined) options.onStart?.(child.pid);
    let output = "";
    const take = (chunk) => {
      output += chunk;
      if (options.echo) process.stderr.write(chunk);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    // Ctrl-C ends the program first and then, by its failure, us: the lock is given back in order.
    const passOn = (signal) => child.kill(signal);
    process.on("SIGINT", passOn).on("SIGTERM", passOn);
    const end = (result) => {
      process.off("SIGINT", passOn).off("SIGTERM", passOn);
      resolve(result);
    };
    child.on("error", (error) =>
      end({ code: null, output: error.message, missing: error.code === "ENOENT" }),
    );
    child.on("close", (code) => end({ code, output, missing: false }));
  });
}
