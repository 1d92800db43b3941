import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import type { RuntimeRole } from "../../src/db/connectionUrl.ts";
import { ensureLogin } from "../../src/db/ensureLogin.ts";
import { installJobs } from "../../src/db/jobs.ts";
import { migrate } from "../../src/db/migrate.ts";
import { chooseSeed } from "./chooseSeed.ts";
import { startTestServer, type TestServer } from "./testServer.ts";

/** What test files need to make databases of their own. */
export interface TestCluster {
  /** URL of a database other than the template, of a user who may create databases. */
  readonly ownerUrl: string;
  /** A migrated database, with jobs, that nobody is connected to. */
  readonly template: string;
  /** The runtime roles' passwords; without, the owner's URL sets the role. */
  readonly passwords: Readonly<Record<RuntimeRole, string>> | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    testCluster: TestCluster;
    seed: number;
  }
}

/** Starts the server and migrates one template database; each test clones it in about 50 ms. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (message: string): void => void process.stderr.write(`${message}\n`);
  const server = await startTestServer(log);
  const seed = chooseSeed();
  log(`Property tests draw their examples with TEST_SEED=${seed}.`);
  project.provide("seed", seed);
  const template = `script_template_${randomBytes(4).toString("hex")}`;
  try {
    await makeTemplate(server.url, template);
    project.provide("testCluster", { ownerUrl: server.url, template, passwords: await makeLogins(server) });
  } catch (error) {
    await runSql(server.url, `drop database if exists ${template} with (force)`);
    await server.stop(false);
    throw error;
  }
  return async () => {
    await runSql(server.url, `drop database ${template} with (force)`);
    await stop(server, log);
  };
}

async function makeTemplate(serverUrl: string, template: string): Promise<void> {
  await runSql(serverUrl, `create database ${template}`);
  const url = new URL(serverUrl);
  url.pathname = `/${template}`;
  await migrate({ url: url.href });
  await installJobs({ url: url.href });
}

// On a server that others use too, their passwords stay theirs.
async function makeLogins(server: TestServer): Promise<TestCluster["passwords"]> {
  if (!server.ours) return undefined;
  const passwords = {
    script_api: randomBytes(12).toString("hex"),
    script_worker: randomBytes(12).toString("hex"),
    script_operator: randomBytes(12).toString("hex"),
  };
  for (const role of ["script_api", "script_worker", "script_operator"] as const)
    await ensureLogin(server.url, { role, password: passwords[role] });
  return passwords;
}

async function stop(server: TestServer, log: (message: string) => void): Promise<void> {
  const kept = await runSql(
    server.url,
    "select datname from pg_database where datname like 'script\\_test\\_%'",
  );
  const how = await server.stop(kept.length > 0);
  if (kept.length > 0 && server.ours)
    log(`Kept for you to look at: ${kept.map((row) => String(row["datname"])).join(", ")}. ${how ?? ""}`);
}

async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
