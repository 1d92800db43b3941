import type { Logger } from "pino";
import type { Submission, SubmitOutcome } from "../commands/submission.ts";
import type { PrismaClient } from "../db/generated/client.ts";
import type { LoadedState } from "../log/loadState.ts";
import type { LogRow, ScriptKey } from "../log/logRow.ts";
import type { WaitOutcome } from "../materializer/waitUntilMaterialized.ts";

/** What the HTTP surface stands on; src/main binds the real ones. */
export interface HttpDeps {
  readonly submit: (submission: Submission) => Promise<SubmitOutcome>;
  readonly loadState: (
    input: ScriptKey & { readonly at?: { readonly sequence: number } | { readonly time: Date } },
  ) => Promise<LoadedState>;
  readonly readCommands: (
    input: ScriptKey & { readonly after: number; readonly limit: number },
  ) => Promise<LogRow[]>;
  readonly waitUntilMaterialized: (
    input: ScriptKey & {
      readonly sequence: number;
      readonly timeoutMs: number;
      readonly signal?: AbortSignal;
    },
  ) => Promise<WaitOutcome>;
  readonly prisma: Pick<
    PrismaClient,
    "script" | "scriptStream" | "scriptCommand" | "scriptVersion" | "scriptAuditLog"
  >;
  readonly readiness: { check(): Promise<Readiness> };
  readonly log: Logger;
  readonly config: HttpConfig;
}

export interface HttpConfig {
  /** Largest request body in bytes. */
  readonly bodyLimitBytes: number;
  /** How long a write waits for the materializer when the caller does not say. */
  readonly defaultWaitSeconds: number;
}

/** Whether requests should be sent to this process, and why not. */
export type Readiness = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** What routes stand on beside: the document that describes them, made on first use. */
export interface RouteDeps extends HttpDeps {
  readonly openApi: (version: OpenApiVersion) => OpenApiDocument;
}

export type OpenApiVersion = "3.2" | "3.1";

export type OpenApiDocument = Readonly<Record<string, unknown>> & { readonly openapi: string };
