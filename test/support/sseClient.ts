import { get, type ClientRequest, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { createParser } from "eventsource-parser";
import type { FeedEvent } from "../../src/events/feedEvent.ts";

export interface SseClient {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Body of an answer that is no stream. */
  readonly body: string;
  /** Events in the order in which they came. */
  readonly events: FeedEvent[];
  readonly resets: Record<string, unknown>[];
  readonly comments: string[];
  /** What the server said of when to come back, in ms. */
  readonly retryMs: number | undefined;
  /** The id to come back with: that of the last block, as a browser keeps it. */
  readonly lastEventId: string | undefined;
  /** Whether the server has ended the stream, or the connection is gone. */
  readonly ended: boolean;
  /** Reads nothing more until resume; the connection stays. */
  pause(): void;
  resume(): void;
  /** Ends the connection as a crash would. */
  close(): void;
}

/** Opens an event stream with plain HTTP, as slow or rude as a test wants it to be. */
export async function openStream(
  url: string,
  options: {
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly lastEventId?: string | undefined;
  } = {},
): Promise<SseClient> {
  const address = new URL("/events/stream", url);
  for (const [name, value] of Object.entries(options.query ?? {})) address.searchParams.set(name, value);
  const request = get(address, {
    agent: false,
    headers: {
      ...(options.headers ?? { authorization: "Bearer dev-token", "x-tenant-id": "t1" }),
      ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }),
    },
  });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return follow(request, response);
}

async function follow(request: ClientRequest, response: IncomingMessage): Promise<SseClient> {
  const seen = {
    body: "",
    events: [] as FeedEvent[],
    resets: [] as Record<string, unknown>[],
    comments: [] as string[],
    retryMs: undefined as number | undefined,
    lastEventId: undefined as string | undefined,
    ended: false,
  };
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const value = JSON.parse(data) as unknown;
      if (event === "reset") seen.resets.push(value as Record<string, unknown>);
      else seen.events.push(value as FeedEvent);
    },
    onRetry: (ms) => void (seen.retryMs = ms),
    onComment: (comment) => void seen.comments.push(comment),
  });
  const isStream = response.headers["content-type"] === "text/event-stream";
  let tail = "";
  response.setEncoding("utf8");
  response.on("data", (text: string) => {
    if (!isStream) return void (seen.body += text);
    parser.feed(text);
    // The parser tells of blocks with data only; a browser keeps the ids of the others too.
    tail += text;
    const end = tail.lastIndexOf("\n\n");
    if (end < 0) return;
    seen.lastEventId = [...tail.slice(0, end).matchAll(/^id: (.*)$/gmu)].at(-1)?.[1] ?? seen.lastEventId;
    tail = tail.slice(end + 2);
  });
  const end = (): void => void (seen.ended = true);
  response.on("close", end).on("error", end);
  request.on("error", end);
  if (!isStream) await once(response, "close");
  return Object.assign(seen, {
    status: response.statusCode!,
    headers: response.headers,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void request.destroy(),
  });
}
