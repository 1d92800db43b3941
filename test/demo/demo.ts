// npm run demo: the main job on a real service, over HTTP, with every expectation checked. Exit code 0 or 1.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "../support/startProcess.ts";
import { buildScript } from "./buildScript.ts";
import { createCaller } from "./caller.ts";
import { disagree } from "./disagree.ts";
import { replayLog } from "./replayLog.ts";
import { createScratchDatabase } from "./scratchDatabase.ts";
import type { Story } from "./story.ts";
import { CannotGoOn, createTranscript, type Transcript } from "./transcript.ts";
import { makeVersions } from "./versions.ts";

const TENANT = "meridian";

async function main(): Promise<boolean> {
  const startedAt = performance.now();
  const transcript = createTranscript((text) => void process.stdout.write(text));
  await using opened = new AsyncDisposableStack();
  const store = opened.adopt(await openStore(), (one) => one.close());
  const service = opened.adopt(
    await startProcess({ MODE: "development", SAMPLE: "false", ...store.settings }),
    async (one) => void (await one.stop()),
  );
  transcript.note(
    `${service.url}, started in ${(service.startMs / 1_000).toFixed(1)} s on ${store.description}`,
  );
  try {
    await tell(toStory(service.url, transcript));
  } catch (error) {
    if (!(error instanceof CannotGoOn)) throw error;
  }
  const isStopped = (await service.stop()) === 0;
  transcript.chapter("The end");
  transcript.expect("the service stops in order", isStopped);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const { expectations, failures } = transcript;
  process.stdout.write(
    `\n${expectations - failures} of ${expectations} expectations held, in ${seconds} s.\n`,
  );
  return failures === 0;
}

async function tell(story: Story): Promise<void> {
  await buildScript(story);
  const agreed = await disagree(story);
  const head = await makeVersions(story, agreed);
  await replayLog(story, head);
}

function toStory(url: string, transcript: Transcript): Story {
  const tenant = { authorization: "Bearer dev-token", "x-tenant-id": TENANT };
  const ada = { name: "Ada", headers: { ...tenant, "x-actor-id": "ada", "x-actor-type": "USER" } };
  const agent = {
    name: "Agent",
    headers: {
      ...tenant,
      "x-actor-id": "drafting-agent",
      "x-actor-type": "AI_AGENT",
      "x-on-behalf-of": "ada",
    },
  };
  return {
    transcript,
    ada: createCaller({ url, transcript }, ada),
    agent: createCaller({ url, transcript }, agent),
    tenantId: TENANT,
    scriptId: "motor-claim",
    script: "/scripts/motor-claim",
  };
}

interface Store {
  readonly description: string;
  readonly settings: Readonly<Record<string, string | undefined>>;
  close(): Promise<void>;
}

/** A database of the demo's own: on the server that the environment names, else an embedded one. */
async function openStore(): Promise<Store> {
  const serverUrl = process.env["TEST_DATABASE_URL"] ?? process.env["DATABASE_URL"];
  if (serverUrl) {
    const scratch = await createScratchDatabase(serverUrl, "script_demo");
    const description = `a new database on ${new URL(serverUrl).host}`;
    // Logins of another database would lead past the new one.
    const settings = {
      DATABASE_URL: scratch.url,
      API_DATABASE_URL: undefined,
      WORKER_DATABASE_URL: undefined,
    };
    return { description, settings, close: () => scratch.drop() };
  }
  const folder = mkdtempSync(join(tmpdir(), "script-demo-"));
  // As root the database runs as another user, who has to get in.
  chmodSync(folder, 0o711);
  return {
    description: `an embedded PostgreSQL in ${folder}`,
    settings: { DATA_DIR: join(folder, "data"), DATABASE_URL: undefined },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

process.exitCode = (await main()) ? 0 : 1;
