import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Node 24 from the project's own packages; npm scripts find it first on their PATH. */
export const NODE_BINARY = join(
  ROOT,
  "node_modules",
  process.platform === "win32" ? "node/bin/node.exe" : ".bin/node",
);

export const CLIENT_FILE = join(ROOT, "src/db/generated/client.ts");
