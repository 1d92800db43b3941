import { pino } from "pino";
import { submitCommands, type SubmitDeps } from "../../src/commands/submitCommands.ts";
import type { Submission, SubmitOutcome, SubmittedCommand } from "../../src/commands/submission.ts";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { createInTenant } from "../../src/db/inTenant.ts";
import type { PrismaClient } from "../../src/db/generated/client.ts";
import { appendCommands } from "../../src/log/appendCommands.ts";
import { createGroupCommit } from "../../src/log/groupCommit.ts";
import { StreamCache } from "../../src/log/streamCache.ts";
import { sendMaterializeJobs } from "../../src/materializer/sendMaterializeJobs.ts";
import { startJobSender } from "../../src/materializer/startJobSender.ts";

export interface Writer {
  /** For tests to look at what is there, in tenant t1; the write path has connections of its own. */
  readonly prisma: PrismaClient;
  readonly streams: StreamCache;
  readonly deps: SubmitDeps;
  /** Submits commands to a script of tenant t1 as user u1, unless told otherwise. */
  submit(
    scriptId: string,
    commands: readonly SubmittedCommand[],
    more?: Partial<Submission>,
  ): Promise<SubmitOutcome>;
  close(): Promise<void>;
}

/** The write path of one API process, without HTTP. */
export async function openWriter(
  apiUrl: string,
  overrides: Partial<Pick<SubmitDeps, "now">> & { cacheBytes?: number } = {},
): Promise<Writer> {
  const log = pino({ level: "silent" });
  const database = await openDatabase({
    url: apiUrl,
    role: "script_api",
    poolSize: 6,
    applicationName: "test-writer",
  });
  const sender = await startJobSender({ databaseUrl: apiUrl, log });
  const { cacheBytes = 10_000_000, ...rest } = overrides;
  const streams = new StreamCache(cacheBytes);
  const deps: SubmitDeps = {
    inTenant: createInTenant(database.prisma),
    streams,
    now: () => new Date(),
    ...createGroupCommit({
      append: (requests) =>
        appendCommands(
          {
            prisma: database.prisma,
            sendJobs: (tx, scripts) => sendMaterializeJobs(sender.boss, tx, scripts),
          },
          requests,
        ),
    }),
    ...rest,
  };
  const reader = await openDatabase({
    url: inTenantOne(apiUrl),
    role: "script_api",
    poolSize: 2,
    applicationName: "test-reader",
  });
  return {
    prisma: reader.prisma,
    streams,
    deps,
    submit: (scriptId, commands, more = {}) =>
      submitCommands(deps, {
        tenantId: "t1",
        scriptId,
        actor: { type: "USER", id: "u1" },
        role: "operator",
        correlationId: "test",
        commands,
        onConflict: "reject",
        dryRun: false,
        ...more,
      }),
    close: async () => {
      await sender.stop();
      await reader.close();
      await database.close();
    },
  };
}

/** The URL with every session in tenant t1 from its start. */
function inTenantOne(apiUrl: string): string {
  const url = new URL(apiUrl);
  const options = url.searchParams.get("options");
  url.searchParams.set("options", [options, "-c app.tenant_id=t1"].filter(Boolean).join(" "));
  url.search = url.search.replaceAll("+", "%20");
  return url.href;
}

export function createScript(slug: string): SubmittedCommand {
  return { command: "Scripts.CreateScript.v1", payload: { name: `Script ${slug}`, slug } };
}

export function addNode(id: string, data: Record<string, unknown> = {}): SubmittedCommand {
  return {
    command: "Scripts.AddNode.v1",
    payload: {
      node: { id, type: "message", position: { x: 0, y: 0 }, data: { prompt: `Node ${id}`, ...data } },
    },
  };
}

export function updateNode(nodeId: string, data: Record<string, unknown>): SubmittedCommand {
  return { command: "Scripts.UpdateNode.v1", payload: { nodeId, data } };
}

export function addEdge(id: string, source: string, target: string): SubmittedCommand {
  return { command: "Scripts.AddEdge.v1", payload: { edge: { id, source, target } } };
}
