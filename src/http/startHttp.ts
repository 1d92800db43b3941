import { createServer, STATUS_CODES, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Express } from "express";
import type { Logger } from "pino";

export interface RunningHttp {
  /** Such as http://127.0.0.1:3000, with the port that was really taken. */
  readonly url: string;
  /** Takes no new requests, lets those at hand finish, and ends idle connections. */
  stop(): Promise<void>;
}

/** How long requests at hand may go on after stop before their connections are cut, in ms. */
const GRACE_MS = 10_000;

/** Most bytes of a request's first line and headers. */
const MAX_HEADER_BYTES = 16_384;

/** Listens for requests. Throws an Error for a person when the port cannot be had. */
export async function startHttp(
  deps: { readonly app: Express; readonly log: Logger },
  address: { readonly host: string; readonly port: number },
): Promise<RunningHttp> {
  const server = createServer(
    // Longer than the idle time of common load balancers (60 s), so that it is they who close.
    {
      keepAliveTimeout: 65_000,
      // A client that sends its request byte by byte is answered 408, checked every 5 s.
      headersTimeout: 30_000,
      requestTimeout: 120_000,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    },
    deps.app,
  );
  const latest = new WeakMap<Socket, ServerResponse>();
  server.on("request", (request, response) => latest.set(request.socket, response));
  server.on("clientError", (error, socket: Socket) => answerClientError(error, socket, latest.get(socket)));
  const connections = followConnections(server);
  await listen(server, address);
  server.on("error", (error) => deps.log.error({ err: error }, "http server"));
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return { url: `http://${host}:${port}`, stop: () => stop(server, connections) };
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    throw new Error(whyNot(error, host, port), { cause: error });
  }
}

function whyNot(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "EADDRINUSE":
      return `Port ${port} on ${host} is taken by another program. Stop that one, or choose another port: PORT=${port + 1}.`;
    case "EACCES":
      return `Port ${port} may not be used by this user. Choose one above 1023: PORT=3000.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `This machine has no address ${host}. Set HOST to 127.0.0.1, or to 0.0.0.0 for all of them.`;
    default:
      return `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function followConnections(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on("connection", (socket) => {
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });
  return connections;
}

async function stop(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  // Browsers open some in advance. One that has not sent a request yet is not idle to node, and would keep us
  // waiting to the end of the grace.
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  // close() ends the connections that are idle now; those at hand become idle later, and would stay for
  // keepAliveTimeout.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}

/**
 * Answers what is not even HTTP, or not in time; there is no request then, and no route. Behind a whole request
 * that is still being answered it is not answered: who sent both would take it for the answer to the first.
 */
function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Socket,
  latest: ServerResponse | undefined,
): void {
  const isAnswering = latest?.req.complete === true && !latest.writableFinished;
  if (error.code === "ECONNRESET" || !socket.writable || (isAnswering && latest.headersSent)) {
    socket.destroy();
    return;
  }
  if (isAnswering) {
    socket.pause();
    latest.once("close", () => socket.destroy());
    return;
  }
  const { status, message } = CLIENT_ERRORS[error.code ?? ""] ?? NOT_HTTP;
  const title = STATUS_CODES[status]!;
  const body = JSON.stringify({
    code: "invalid_http",
    message,
    type: "about:blank",
    title,
    status,
    instance: "/",
  });
  socket.end(
    [
      `HTTP/1.1 ${status} ${title}`,
      "connection: close",
      "content-type: application/problem+json",
      `content-length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}

interface ClientError {
  readonly status: number;
  readonly message: string;
}

const NOT_HTTP: ClientError = { status: 400, message: "The request could not be read as HTTP/1.1." };

const CLIENT_ERRORS: Readonly<Record<string, ClientError>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    message: `The first line and the headers have more than ${MAX_HEADER_BYTES} bytes. Send fewer or shorter ones.`,
  },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: "The request did not come to its end in time." },
};
