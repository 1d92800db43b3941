import { mkdir, readFile, writeFile } from "node:fs/promises";
import { routes } from "../routes.ts";
import { buildOpenApi } from "./buildOpenApi.ts";
import { downgradeTo31 } from "./downgradeTo31.ts";

/** Writes openapi/openapi-3.2.json and openapi-3.1.json; with --check only says whether they are up to date. */
async function main(): Promise<void> {
  const folder = new URL("../../../openapi/", import.meta.url);
  const document = buildOpenApi(routes);
  const files = { "openapi-3.2.json": document, "openapi-3.1.json": downgradeTo31(document) };
  const isCheck = process.argv.includes("--check");
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = new URL(name, folder);
    const text = `${JSON.stringify(content, null, 2)}\n`;
    if (!isCheck) await writeFile(path, text);
    else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
      process.stderr.write(
        `openapi/${name} is not what the routes say. Run "npm run openapi" and commit it.\n`,
      );
      process.exitCode = 1;
    }
  }
}

await main();
