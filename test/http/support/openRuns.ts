import { expect, vi } from "vitest";
import { newId } from "../../../src/kernel/newId.ts";
import { callGraph, callVariables } from "../../runner/support/callGraph.ts";
import type { HttpClient, TestResponse } from "../../support/httpClient.ts";
import { startApp, type TestApp } from "../../support/startApp.ts";

/** An app with scripts to run, and short ways to what a caller does with runs. */
export interface TestRuns {
  readonly app: TestApp;
  readonly client: HttpClient;
  createScript(id: string): Promise<void>;
  /** Seals a next version of a script, with the variables of the call. */
  seal(script: string, graphJson: object): Promise<void>;
  publish(script: string, version: number): Promise<void>;
  /** Edits a draft, and returns when it is materialized. */
  edit(script: string, command: string, payload: object): Promise<void>;
  /** Starts a run of scr_call, unless told otherwise. */
  start(more?: object): Promise<string>;
  read(runId: string): Promise<TestResponse["body"]>;
  /** POST /runs/:runId/:verb. */
  move(runId: string, verb: string, body?: unknown, headers?: Record<string, string>): Promise<TestResponse>;
  /** Moves twice under one Idempotency-Key, holds the answers against each other, and returns one. */
  twice(runId: string, verb: string, body?: unknown): Promise<TestResponse>;
  /** How long fake completions of a tenant's commands take. */
  setJitter(ms: number, tenantId?: string): Promise<void>;
  stop(): Promise<void>;
}

/**
 * scr_call: version 1 is published, 2 is sealed and ends as FAILED, 3 is the draft. scr_draft: never sealed.
 * scr_empty: published without nodes.
 */
export async function openRuns(): Promise<TestRuns> {
  const app = await startApp({ env: { RUN_SWEEP_INTERVAL_SECONDS: "0.1" } });
  const { client } = app;
  const runs: TestRuns = {
    app,
    client,
    createScript: async (id) =>
      void (await ok(client.post("/scripts", { id, name: id, slug: id.replace("_", "-") }))),
    seal: async (script, graphJson) =>
      void (await ok(client.post(`/scripts/${script}/versions`, { graphJson, variablesDef: callVariables }))),
    publish: async (script, version) =>
      void (await ok(client.post(`/scripts/${script}/versions/${version}/publish`, {}))),
    edit: async (script, command, payload) => {
      const sent = client.post(`/scripts/${script}/commands`, { commands: [{ command, payload }] });
      const { headSequence } = (await ok(sent)).body as { headSequence: number };
      const head = async () => (await client.get(`/scripts/${script}`)).body.materializedSequence as number;
      await vi.waitFor(async () => expect(await head()).toBeGreaterThanOrEqual(headSequence), {
        timeout: 20_000,
      });
    },
    start: async (more = {}) => {
      const { body } = await ok(client.post("/runs", { scriptId: "scr_call", ...more }));
      return (body as { runId: string }).runId;
    },
    read: async (runId) => (await ok(client.get(`/runs/${runId}`))).body,
    move: (runId, verb, body, headers = {}) => client.post(`/runs/${runId}/${verb}`, body, headers),
    twice: async (runId, verb, body) => {
      const key = { "idempotency-key": newId() };
      const first = await runs.move(runId, verb, body, key);
      const second = await runs.move(runId, verb, body, key);
      expect([second.status, second.body]).toEqual([first.status, first.body]);
      return first;
    },
    setJitter: async (ms, tenantId = "t1") => {
      const jitter = { jitterMin: ms, jitterMax: ms, updatedAt: new Date() };
      await app.prisma.tenantSettings.upsert({
        where: { tenantId },
        create: { tenantId, ...jitter },
        update: jitter,
      });
    },
    stop: () => app.stop(),
  };
  await runs.createScript("scr_call");
  await runs.seal("scr_call", callGraph);
  await runs.publish("scr_call", 1);
  const nodes = callGraph.nodes.map((node) =>
    node.id === "n_end" ? { ...node, data: { ...node.data, outcome: "FAILED" } } : node,
  );
  await runs.seal("scr_call", { ...callGraph, nodes });
  await runs.edit("scr_call", "Scripts.UpdateNode.v1", { nodeId: "n_type", data: { prompt: "And now?" } });
  await runs.createScript("scr_draft");
  await runs.createScript("scr_empty");
  await runs.seal("scr_empty", { nodes: [], edges: [] });
  await runs.publish("scr_empty", 1);
  return runs;
}

/** Throws with what was answered when it is a refusal. */
export async function ok(sent: Promise<TestResponse>): Promise<TestResponse> {
  const answered = await sent;
  if (answered.status >= 300) throw new Error(JSON.stringify(answered.body));
  return answered;
}

/** Status and code of a refusal, and each reason with its place. */
export function said({ status, body }: TestResponse): unknown[] {
  const refusals = (body.details?.refusals ?? []) as { code: string; path: string }[];
  return [status, body.code, ...refusals.map(({ code, path }) => `${code} ${path}`)];
}

/** Values of a run's variables by key. */
export function variablesOf(body: { variables: Record<string, unknown>[] }): Record<string, unknown> {
  return Object.fromEntries(
    body.variables.map(({ key, strVal, numVal, boolVal, jsonVal }) => [
      key as string,
      strVal ?? numVal ?? boolVal ?? jsonVal,
    ]),
  );
}
