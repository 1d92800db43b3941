import type { Logger } from "pino";
import type { Authenticate, Principal } from "../access/principal.ts";
import type { Submission, SubmitOutcome } from "../commands/submission.ts";
import type { InTenant } from "../db/inTenant.ts";
import type { LoadedState } from "../log/loadState.ts";
import type { ScriptKey } from "../log/logRow.ts";
import type { WaitOutcome } from "../materializer/waitUntilMaterialized.ts";
import type { Commands } from "../outbox/createCommands.ts";
import type { Runner } from "../runner/createRunner.ts";
import type { Guidance } from "../compat/createGuidance.ts";
import type { Metrics } from "./metrics.ts";
import type { RateLimits } from "./rateLimit.ts";
import type { AnswerOnce } from "./idempotency/answerOnce.ts";
import type { EventStreams } from "./sse/eventStreams.ts";

/** What the HTTP surface stands on; src/main binds the real ones. */
export interface HttpDeps {
  readonly authenticate: Authenticate;
  /** Uses up a one-time ticket for the event stream; undefined: it is not, or no longer, good for anything. */
  readonly redeemTicket: (ticket: string) => Promise<Principal | undefined>;
  /** The one way to the database: reads and writes stay within the request's tenant. */
  readonly inTenant: InTenant;
  readonly submit: (submission: Submission) => Promise<SubmitOutcome>;
  readonly loadState: (
    input: ScriptKey & { readonly at?: { readonly sequence: number } | { readonly time: Date } },
  ) => Promise<LoadedState>;
  readonly waitUntilMaterialized: (
    input: ScriptKey & {
      readonly sequence: number;
      readonly timeoutMs: number;
      readonly signal?: AbortSignal;
    },
  ) => Promise<WaitOutcome>;
  readonly answerOnce: AnswerOnce;
  readonly commands: Commands;
  readonly runs: Runner;
  /** The legacy routes, on whichever side serves a tenant. */
  readonly guidance: Guidance;
  /** Left out: nobody is limited. */
  readonly rateLimits?: RateLimits | undefined;
  readonly metrics: Metrics;
  readonly streams: EventStreams;
  readonly readiness: { check(): Promise<Readiness> };
  readonly log: Logger;
  readonly config: HttpConfig;
}

export interface HttpConfig {
  /** Largest request body in bytes. */
  readonly bodyLimitBytes: number;
  /** Origins whose pages may use the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** How long a write waits for the materializer when the caller does not say. */
  readonly defaultWaitSeconds: number;
}

/** Whether requests should be sent to this process, and why not. */
export type Readiness =
  | { readonly ready: true; readonly checks: ReadinessChecks }
  | { readonly ready: false; readonly reason: string; readonly checks: ReadinessChecks };

/** How each thing that requests rest on is. starting: nobody has heard of it yet, and this process is young. */
export interface ReadinessChecks {
  readonly database: "ok" | "failed" | "unknown";
  readonly worker: "ok" | "starting" | "failed" | "unknown";
  readonly stamper: "ok" | "starting" | "failed" | "unknown";
}

/** What routes stand on beside: the document that describes them, made on first use. */
export interface RouteDeps extends HttpDeps {
  readonly openApi: (version: OpenApiVersion) => OpenApiDocument;
}

export type OpenApiVersion = "3.2" | "3.1";

export type OpenApiDocument = Readonly<Record<string, unknown>> & { readonly openapi: string };
