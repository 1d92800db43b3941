import { Client } from "pg";
import type { Logger } from "pino";
import { urlAsRole, type RuntimeRole } from "./connectionUrl.ts";

export interface ListenerDeps {
  readonly databaseUrl: string;
  readonly role: RuntimeRole;
  readonly log: Pick<Logger, "warn">;
}

export interface Listener {
  stop(): Promise<void>;
}

const RETRY_MS = 1_000;

/**
 * Hears the notifications of a channel on a connection of its own, made anew when it breaks. Whoever listens must do
 * without: what is sent while there is no connection is lost, and a pooler in between may let none through.
 * onConnect is called each time that it listens, so that one look makes up for what was missed.
 */
export function startListener(
  deps: ListenerDeps,
  input: {
    readonly channel: string;
    readonly onNotify: (payload: string) => void;
    readonly onConnect: () => void;
  },
): Listener {
  let stopped = false;
  let client: Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const connection = new Client({
      connectionString: urlAsRole(deps.databaseUrl, deps.role),
      application_name: "script-listener",
      keepAlive: true,
    });
    client = connection;
    let isLost = false;
    const lose = (error?: unknown): void => {
      if (isLost) return;
      isLost = true;
      if (stopped) return;
      if (error) deps.log.warn({ err: error, channel: input.channel }, "not listening; looks go on without");
      retry = setTimeout(() => void connect(), RETRY_MS);
      void endQuietly(connection);
    };
    connection.on("error", lose);
    connection.on("end", () => lose());
    connection.on("notification", ({ payload }) => input.onNotify(payload ?? ""));
    try {
      await connection.connect();
      await connection.query(`listen ${input.channel}`);
      input.onConnect();
    } catch (error) {
      lose(error);
    }
  }

  void connect();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(retry);
      await (client && endQuietly(client));
    },
  };
}

/** What breaks while a connection ends is of no interest. */
async function endQuietly(connection: Client): Promise<void> {
  await connection.end().catch(() => undefined);
}
