import { createServer, type AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const ATTEMPTS = 20;

/**
 * Starts a server on the wanted port of 127.0.0.1, or on a free one.
 *
 * Throws when the wanted port is taken. Tries again when a free port was taken before the server had it, and
 * while processes of a server that was killed hard still hold its memory, for about four seconds.
 */
export async function startOnPort<Server>(
  wanted: number | undefined,
  start: (port: number) => Promise<Server>,
): Promise<{ postmaster: Server; port: number }> {
  if (wanted !== undefined) await assertPortIsFree(wanted);
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await findFreePort());
    try {
      return { postmaster: await start(port), port };
    } catch (error) {
      if (attempt === ATTEMPTS || !isPassing(String(error))) throw error;
      await delay(200);
    }
  }
}

// The server's log, in English by our choice of its locale, is all that says why it ended.
function isPassing(message: string): boolean {
  return /pre-existing shared memory block|Address already in use/.test(message);
}

async function assertPortIsFree(port: number): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    throw new Error(
      `Port ${port} on 127.0.0.1 is taken, so the embedded database cannot listen there. ` +
        "Stop what uses it, or choose another port, or none: then a free one is found.",
      { cause: error },
    );
  }
}

function findFreePort(): Promise<number> {
  return listenOnce(0);
}

function listenOnce(port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", () => {
    const { port: found } = server.address() as AddressInfo;
    server.close(() => resolve(found));
  });
  return promise;
}
