import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A wire between a client and a server on this machine that can be cut, or go dead without a word. */
export interface TcpProxy {
  /** Where clients connect, on 127.0.0.1. */
  readonly port: number;
  /** Connections that go through it now. */
  readonly connections: number;
  /** Resets every connection, at both ends; says how many. New ones go through. */
  cut(): number;
  /**
   * Makes every connection of now half-open: neither end hears of it, and what they send is lost. "answers": only
   * what the server says is lost, so that a commit takes place and nobody is told. New connections go through.
   * Says how many; they are reset when it is over, or never: as when a machine is gone and no packet comes back.
   */
  silence(what: Silenced, forMs: number | undefined): number;
  /** Resets what is half-open. */
  heal(): void;
  stop(): Promise<void>;
}

export type Silenced = "everything" | "answers";

interface Wire {
  readonly client: Socket;
  readonly server: Socket;
  silenced: Silenced | undefined;
}

/** Listens on a free port and passes every connection on to a port of this machine. */
export async function startTcpProxy(to: { readonly port: number }): Promise<TcpProxy> {
  const wires = new Set<Wire>();
  const reset = (wire: Wire): void => {
    wires.delete(wire);
    wire.client.resetAndDestroy();
    wire.server.resetAndDestroy();
  };
  const listener = createServer({ noDelay: true }, (client) => {
    const wire: Wire = {
      client,
      server: connect({ port: to.port, host: "127.0.0.1", noDelay: true }),
      silenced: undefined,
    };
    wires.add(wire);
    for (const [from, to] of [
      [wire.client, wire.server],
      [wire.server, wire.client],
    ] as const) {
      pass(wire, from, to);
      from.on("error", () => undefined);
      from.on("close", (hasFailed) => {
        // A dead wire does not tell either end that the other one has gone.
        if (wire.silenced !== undefined) return;
        wires.delete(wire);
        if (hasFailed) to.resetAndDestroy();
        else to.destroySoon();
      });
    }
  });
  listener.listen(0, "127.0.0.1");
  await new Promise<void>((resolve) => listener.once("listening", () => resolve()));
  const resetAll = (chosen: Iterable<Wire>): number => [...chosen].map(reset).length;
  return {
    port: (listener.address() as AddressInfo).port,
    get connections() {
      return wires.size;
    },
    cut: () => resetAll(wires),
    silence: (what, forMs) => {
      const chosen = [...wires].filter((wire) => wire.silenced === undefined);
      for (const wire of chosen) wire.silenced = what;
      if (forMs !== undefined) setTimeout(() => resetAll(chosen), forMs).unref();
      return chosen.length;
    },
    heal: () => void resetAll([...wires].filter((wire) => wire.silenced !== undefined)),
    stop: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      resetAll(wires);
      await closed;
    },
  };
}

function pass(wire: Wire, from: Socket, to: Socket): void {
  from.on("data", (chunk) => {
    if (wire.silenced === "everything" || (wire.silenced === "answers" && from === wire.server)) return;
    if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
}
