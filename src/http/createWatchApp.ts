import express, { type Express, type Response } from "express";
import type { HttpDeps } from "./httpDeps.ts";
import { SECURE_HEADERS } from "./secureHeaders.ts";

/** What a process without an API tells those who watch over it: /healthz, /readyz and /metrics, and nothing else. */
export function createWatchApp({ metrics, readiness }: Pick<HttpDeps, "metrics" | "readiness">): Express {
  const app = express();
  app.disable("x-powered-by").disable("etag");
  app.get("/healthz", (_, response) => sendJson(response, 200, { status: "ok" }));
  app.get("/readyz", async (_, response) => {
    const found = await readiness.check();
    sendJson(response, found.ready ? 200 : 503, found);
  });
  app.get("/metrics", async (_, response) => {
    const text = await metrics.text();
    response.writeHead(200, { ...SECURE_HEADERS, "content-type": metrics.contentType }).end(text);
  });
  app.use((_, response) => sendJson(response, 404, { code: "route_not_found" }));
  return app;
}

function sendJson(response: Response, status: number, body: object): void {
  response.writeHead(status, { ...SECURE_HEADERS, "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
