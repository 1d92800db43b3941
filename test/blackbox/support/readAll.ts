import type { FeedEvent } from "../../../src/events/feedEvent.ts";
import type { HttpClient } from "../../support/httpClient.ts";

/** All events of the tenant, as somebody reads them who polls. */
export async function readFeed(client: HttpClient, filter = ""): Promise<FeedEvent[]> {
  const events: FeedEvent[] = [];
  for (let after = 0; ;) {
    const { body } = await client.get(`/events?limit=1000&after=${after}${filter}`);
    events.push(...(body.events as FeedEvent[]));
    after = body.next as number;
    if (after >= (body.headPosition as number)) return events;
  }
}

/** Ids of a script's commands, in the order of its log. */
export async function readLog(client: HttpClient, scriptId: string): Promise<string[]> {
  const ids: string[] = [];
  for (let after: number | null = 0; after !== null;) {
    const { body } = await client.get(`/scripts/${scriptId}/commands?limit=1000&after=${after}`);
    ids.push(...(body.commands as { commandId: string }[]).map(({ commandId }) => commandId));
    after = body.nextAfter as number | null;
  }
  return ids;
}
