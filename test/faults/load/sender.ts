import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Counts } from "../counts.ts";
import type { ApiChoice } from "./chooseApi.ts";

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** How many times it was sent. More than once: an earlier one may have had its effect. */
  readonly tries: number;
  readonly key: string;
}

export interface SenderDeps {
  readonly apis: ApiChoice;
  readonly counts: Counts;
  /** Aborted when nobody should wait for an answer any more. */
  readonly givingUp: AbortSignal;
}

export interface Sender {
  /**
   * Sends a request until it is answered for good, to any API, each time with the same Idempotency-Key. Undefined:
   * given up, and nobody knows whether it has taken place.
   */
  post(
    path: string,
    body: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answered | undefined>;
}

/** Shorter than many a fault: then the same request is at work twice. */
const TIMEOUT_MS = 4_000;

export function createSender(deps: SenderDeps, identity: Readonly<Record<string, string>>): Sender {
  return {
    post: async (path, body, headers = {}) => {
      const key = randomUUID();
      const sent = {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", "idempotency-key": key, ...identity, ...headers },
      };
      for (let tries = 1; !deps.givingUp.aborted; tries++) {
        const answered = await sendOnce(deps, path, sent);
        if (answered && isFinal(answered)) return { ...answered, tries, key };
        deps.counts.add(
          answered ? `${answered.body["code"] as string} (sent again)` : "no answer (sent again)",
        );
        await delay(50 + Math.random() * 250);
      }
      deps.counts.add("given up");
      return undefined;
    },
  };
}

const NO_API = { status: 503, body: { code: "no_api" } };

async function sendOnce(
  deps: SenderDeps,
  path: string,
  request: RequestInit,
): Promise<Pick<Answered, "status" | "body"> | undefined> {
  const url = deps.apis.choose();
  // Both are away: nothing was sent.
  if (url === undefined) return NO_API;
  try {
    const response = await fetch(url + path, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
    return { status: response.status, body: (await response.json()) as Answered["body"] };
  } catch {
    deps.apis.avoid(url);
    return undefined;
  }
}

/** An answer about the request, and not about how the service is. */
function isFinal({ status, body }: Pick<Answered, "status" | "body">): boolean {
  return status < 500 && status !== 429 && body["code"] !== "idempotency_key_in_use";
}
