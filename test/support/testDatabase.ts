import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import { urlAsRole, type RuntimeRole } from "../../src/db/connectionUrl.ts";

export interface TestDatabase {
  readonly name: string;
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly operatorUrl: string;
  /** Says why what is in it keeps no promise, such as that a test planted damage: then drop does not verify it. */
  allowUnsound(why: string): void;
  /**
   * Verifies what the tests left, so that a race that none of them looked for is still seen, and drops the
   * database. Throws when a promise is broken. Then, and when a test of the file failed, the database stays and
   * its name is printed.
   */
  drop(): Promise<void>;
}

/**
 * A migrated database of its own without rows, cloned from a template: about 50 ms. With isMigrated false it has
 * no tables either.
 */
export async function createTestDatabase({ isMigrated = true } = {}): Promise<TestDatabase> {
  const { ownerUrl, template: migrated } = inject("testCluster");
  const template = isMigrated ? migrated : "template0";
  const name = `script_test_${randomBytes(6).toString("hex")}`;
  await runSql(ownerUrl, `create database ${name} template ${template}`);
  const url = new URL(ownerUrl);
  url.pathname = `/${name}`;
  return {
    name,
    ownerUrl: url.href,
    apiUrl: urlOf(url.href, "script_api"),
    workerUrl: urlOf(url.href, "script_worker"),
    operatorUrl: urlOf(url.href, "script_operator"),
    allowUnsound: (why) => void unsound.set(name, why),
    drop: async () => {
      if (hasFailure(currentTask())) {
        process.stderr.write(`A test failed; its database ${name} is kept.\n`);
        return;
      }
      if (IS_VERIFIED && !unsound.has(name))
        await verify({ ownerUrl: url.href, operatorUrl: urlOf(url.href, "script_operator") });
      // Sessions of processes that a test killed may linger for a moment.
      await runSql(ownerUrl, `drop database ${name} with (force)`);
    },
  };
}

/** TEST_VERIFY=0 leaves it out, for a quicker look. */
const IS_VERIFIED = process.env["TEST_VERIFY"] !== "0";

/** Names of databases that need not be sound, with the reason. */
const unsound = new Map<string, string>();

/** For helpers that write rows which mean nothing, and know only their connection. */
export function allowUnsoundDatabase(name: string, why: string): void {
  unsound.set(name, why);
}

async function verify(urls: { readonly ownerUrl: string; readonly operatorUrl: string }): Promise<void> {
  const { findUnsound } = await import("./findUnsound.ts");
  const found = await findUnsound(urls);
  if (found.length === 0) return;
  const name = new URL(urls.ownerUrl).pathname.slice(1);
  throw new Error(
    `The tests of this file passed, and left a database that breaks a promise. It is kept: ${name}.\n` +
      found.map((sentence) => `  ${sentence}\n`).join("") +
      "If a test planted that, let it say so: database.allowUnsound(why).",
  );
}

function urlOf(ownerUrl: string, role: RuntimeRole): string {
  const { passwords } = inject("testCluster");
  if (!passwords) return urlAsRole(ownerUrl, role);
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = passwords[role];
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
