import type { Transcript } from "./transcript.ts";

export interface Reply<Body> {
  readonly status: number;
  readonly body: Body;
  readonly ms: number;
}

/** Somebody who uses the API. */
export interface Caller {
  get<Body>(path: string): Promise<Reply<Body>>;
  post<Body>(path: string, body: unknown): Promise<Reply<Body>>;
}

export interface Identity {
  /** As the transcript calls them. */
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends real HTTP requests as one identity; each of them appears in the transcript. */
export function createCaller(
  deps: { readonly url: string; readonly transcript: Transcript },
  who: Identity,
): Caller {
  const call = async <Body>(method: string, path: string, body?: unknown): Promise<Reply<Body>> => {
    const startedAt = performance.now();
    const response = await fetch(deps.url + path, {
      method,
      headers: { ...who.headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Body;
    const ms = performance.now() - startedAt;
    deps.transcript.request(who.name, `${method} ${path}`, response.status, ms);
    return { status: response.status, body: answer, ms };
  };
  return { get: (path) => call("GET", path), post: (path, body) => call("POST", path, body) };
}
