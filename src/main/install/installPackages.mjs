import { delimiter, sep } from "node:path";
import { InstallError } from "./installError.mjs";
import { lockAlsoFor } from "./installLock.mjs";
import { run } from "./run.mjs";

const STILL_ALIVE_MS = 10_000;

const NETWORK_CODES = [
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "ENETUNREACH",
  "ERR_SOCKET_TIMEOUT",
];

/** Runs `npm ci` with everything that development needs. */
export async function installPackages() {
  const startedAt = Date.now();
  console.log("Installing packages (npm ci; half a minute on a usual line) ...");
  const ticker = setInterval(
    () => console.log(`  ... still installing, ${Math.round((Date.now() - startedAt) / 1000)} s`),
    STILL_ALIVE_MS,
  );
  try {
    explain(
      await npm(["ci", "--include=dev", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"]),
    );
  } finally {
    clearInterval(ticker);
  }
  console.log(`Packages installed in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/**
 * Runs npm: the one that started us, else the one on the PATH.
 *
 * node_modules/.bin is taken off the PATH, because npm ci deletes the very Node that it would run on.
 */
export async function npm(args) {
  const own = `node_modules${sep}.bin`;
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.endsWith(own));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const options = { env, echo: true, onStart: lockAlsoFor };
  const cli = process.env.npm_execpath ?? "";
  return cli.endsWith("npm-cli.js") ? run("node", [cli, ...args], options) : run("npm", args, options);
}

function explain({ code, output, missing }) {
  if (code === 0) return;
  if (missing)
    throw new InstallError(
      "npm was not found on the PATH, so the packages cannot be installed.\nInstall Node 20 or newer with npm (https://nodejs.org) and run the same command again.",
    );
  throw new InstallError(
    `npm ci ${code === null ? "was stopped" : `failed with exit code ${code}`}. ${wayOut(output)}`,
  );
}

// npm's error codes are part of its interface; its sentences are not.
function wayOut(output) {
  const code = /npm error code (\S+)|npm ERR! code (\S+)/.exec(output)?.slice(1).find(Boolean) ?? "";
  if (NETWORK_CODES.includes(code))
    return `The package registry cannot be reached (${code}).\nCheck the network, the proxy settings and "npm config get registry", then run the same command again.`;
  if (code === "EUSAGE")
    return `package.json and package-lock.json do not belong together.\nRun "npm install" and keep the changed package-lock.json.`;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return `The folder cannot be written (${code}).\nCheck who owns node_modules, or remove it, then run the same command again.`;
  if (code === "ENOSPC") return "The disk is full. Make room (about 1 GB) and run the same command again.";
  return "What npm said stands above. Run the same command again when it is solved.";
}
