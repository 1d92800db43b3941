// Writes prisma/catalog.json anew from the migrations and the job tables, on a PostgreSQL of its own: npm run catalog.
import { writeFileSync } from "node:fs";
import { Client } from "pg";
import { CATALOG_FILE } from "../../src/db/catalog.ts";
import { readCatalog } from "../../src/db/catalog.sql.ts";
import { installJobs } from "../../src/db/jobs.ts";
import { migrate } from "../../src/db/migrate.ts";
import { startTestServer } from "./testServer.ts";

const log = (message: string): void => void process.stderr.write(`${message}\n`);
const server = await startTestServer(log);
const name = `script_catalog_${process.pid}`;
const admin = new Client({ connectionString: server.url });
await admin.connect();
try {
  await admin.query(`create database ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  await migrate({ url: url.href });
  await installJobs({ url: url.href });
  const client = new Client({ connectionString: url.href });
  await client.connect();
  const catalog = await readCatalog(client);
  await client.end();
  writeFileSync(CATALOG_FILE, `${JSON.stringify(catalog, null, 2)}\n`);
  log(`Wrote ${CATALOG_FILE.pathname}.`);
} finally {
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.end();
  await server.stop(false);
}
