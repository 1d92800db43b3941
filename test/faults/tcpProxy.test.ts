import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectSoon } from "../support/expectSoon.ts";
import { startTcpProxy, type TcpProxy } from "./tcpProxy.ts";

/** Says everything back. */
let echo: Server;
/** What the echo was told, over all connections. */
let told = "";
let proxy: TcpProxy;
beforeAll(async () => {
  echo = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      told += String(chunk);
      socket.write(chunk);
    });
  }).listen(0, "127.0.0.1");
  await once(echo, "listening");
  proxy = await startTcpProxy({ port: (echo.address() as AddressInfo).port });
});
afterAll(async () => {
  await proxy.stop();
  echo.close();
});

interface Caller {
  readonly socket: Socket;
  heard: string;
  /** Code of the error it ended with, "" when it ended without one. */
  ended: string | undefined;
}

async function call(): Promise<Caller> {
  const socket = connect(proxy.port, "127.0.0.1");
  const caller: Caller = { socket, heard: "", ended: undefined };
  socket.on("data", (chunk) => (caller.heard += String(chunk)));
  socket.on("error", (error: NodeJS.ErrnoException) => (caller.ended = error.code));
  socket.on("close", () => (caller.ended ??= ""));
  socket.write("hello ");
  await expectSoon(() => caller.heard).toBe("hello ");
  return caller;
}

test("passes on what both ends say, and the end", async () => {
  const caller = await call();
  expect(proxy.connections).toBe(1);
  caller.socket.end();
  await expectSoon(() => [caller.ended, proxy.connections]).toEqual(["", 0]);
});

test("a cut is heard at once; who connects anew gets through", async () => {
  const caller = await call();
  expect(proxy.cut()).toBe(1);
  await expectSoon(() => caller.ended).toBe("ECONNRESET");
  (await call()).socket.destroy();
});

test("of a half-open connection neither end hears; when answers are lost, the server still hears", async () => {
  const dead = await call();
  expect(proxy.silence("everything", undefined)).toBe(1);
  const deaf = await call();
  // Only those that are there.
  expect(proxy.silence("answers", undefined)).toBe(1);
  told = "";
  for (const { socket } of [dead, deaf]) socket.write("anybody?");
  await expectSoon(() => told).toBe("anybody?");
  (await call()).socket.destroy();
  expect([dead.heard, dead.ended, deaf.heard, deaf.ended]).toEqual([
    "hello ",
    undefined,
    "hello ",
    undefined,
  ]);
  proxy.heal();
  await expectSoon(() => [dead.ended, deaf.ended]).toEqual(["ECONNRESET", "ECONNRESET"]);
});
