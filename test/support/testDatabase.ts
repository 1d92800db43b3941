import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import { urlAsRole, type RuntimeRole } from "../../src/db/connectionUrl.ts";

export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** Drops the database, unless a test of the file failed: then it stays and its name is printed. */
  drop(): Promise<void>;
}

/** A migrated, empty database of its own, cloned from a template: about 50 ms. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { ownerUrl, template } = inject("testCluster");
  const name = `script_test_${randomBytes(6).toString("hex")}`;
  await runSql(ownerUrl, `create database ${name} template ${template}`);
  const url = new URL(ownerUrl);
  url.pathname = `/${name}`;
  return {
    name,
    ownerUrl: url.href,
    apiUrl: urlOf(url.href, "script_api"),
    workerUrl: urlOf(url.href, "script_worker"),
    drop: async () => {
      if (hasFailure(currentTask())) process.stderr.write(`A test failed; its database ${name} is kept.\n`);
      // Sessions of processes that a test killed may linger for a moment.
      else await runSql(ownerUrl, `drop database ${name} with (force)`);
    },
  };
}

function urlOf(ownerUrl: string, role: RuntimeRole): string {
  const { passwords } = inject("testCluster");
  if (!passwords) return urlAsRole(ownerUrl, role);
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = role === "script_api" ? passwords.api : passwords.worker;
  return url.href;
}

interface Task {
  readonly result?: { readonly state?: string };
  readonly tasks?: readonly Task[];
}

// vitest hands the running test or suite to hooks, but this is called from inside them.
function currentTask(): Task | undefined {
  const { __vitest_worker__: worker } = globalThis as { __vitest_worker__?: { current?: Task } };
  return worker?.current;
}

function hasFailure(task: Task | undefined): boolean {
  if (!task) return false;
  return task.result?.state === "fail" || (task.tasks?.some(hasFailure) ?? false);
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
