import { Agent, get, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import express from "express";
import { pino } from "pino";
import { expect, test } from "vitest";
import { startHttp } from "../../src/http/startHttp.ts";

const log = pino({ level: "silent" });
const anyPort = { host: "127.0.0.1", port: 0 };

test("names the port that is taken and the way out", async () => {
  const first = await startHttp({ app: express(), log }, anyPort);
  const port = Number(new URL(first.url).port);
  await expect(startHttp({ app: express(), log }, { host: "127.0.0.1", port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken by another program. Stop that one, or choose another port: PORT=${port + 1}.`,
  );
  await first.stop();
  const second = await startHttp({ app: express(), log }, { host: "127.0.0.1", port });
  await second.stop();
});

test("says that an address is not one of this machine", async () => {
  await expect(startHttp({ app: express(), log }, { host: "192.0.2.1", port: 0 })).rejects.toThrow(
    "This machine has no address 192.0.2.1.",
  );
});

test("lets a request at hand finish and ends idle connections, whoever keeps them alive", async () => {
  const app = express();
  const reached = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  app.get("/quick", (_, response) => void response.end("quick"));
  app.get("/slow", (_, response) => {
    reached.resolve();
    void release.promise.then(() => response.end("slow"));
  });
  const http = await startHttp({ app, log }, anyPort);
  const agent = new Agent({ keepAlive: true });
  const [idle] = (await once(get(`${http.url}/quick`, { agent }), "response")) as [IncomingMessage];
  expect(await text(idle)).toBe("quick");
  const slow = once(get(`${http.url}/slow`, { agent: new Agent({ keepAlive: true }) }), "response");
  await reached.promise;
  const stopped = http.stop();
  await expect(fetch(`${http.url}/quick`)).rejects.toThrow("fetch failed");
  release.resolve();
  const [answered] = (await slow) as [IncomingMessage];
  expect(await text(answered)).toBe("slow");
  // Without the end of both connections this would take the 65 s that a connection may stay idle.
  await stopped;
  agent.destroy();
});

test("answers a whole request as it is, whatever comes behind it, and then closes", async () => {
  const app = express();
  // Not before the bytes behind the request were looked at, which came with it.
  app.post("/slow", (_, response) => void setImmediate(() => response.end("slow")));
  app.get("/stream", (_, response) => void response.write("begun"));
  const http = await startHttp({ app, log }, anyPort);
  const send = async (start: string): Promise<string> => {
    const socket = connect(Number(new URL(http.url).port), "127.0.0.1");
    let received = "";
    socket.on("data", (chunk) => (received += chunk.toString()));
    socket.write(`${start} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}what is this\r\n\r\n`);
    await once(socket, "close");
    return received;
  };
  expect(await send("POST /slow")).toMatch(/^HTTP\/1\.1 200 (?!.*HTTP).*slow$/su);
  expect(await send("GET /stream")).not.toContain("400");
  await http.stop();
});

test("does not wait for a connection that has not sent a request yet", async () => {
  const http = await startHttp({ app: express(), log }, anyPort);
  const early = connect(Number(new URL(http.url).port), "127.0.0.1");
  await once(early, "connect");
  const closed = once(early, "close");
  early.resume();
  // Else this would take the 10 s that requests at hand may still take.
  await http.stop();
  await closed;
  expect(early.destroyed).toBe(true);
}, 5_000);
