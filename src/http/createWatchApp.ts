import type { Express } from "express";
import { createRoutedApp } from "./createRoutedApp.ts";
import type { HttpDeps, RouteDeps } from "./httpDeps.ts";
import { metrics } from "./routes/metrics.ts";
import { healthz, readyz } from "./routes/service.ts";

/** What a process without an API tells those who watch over it, and nothing else. */
export function createWatchApp(deps: Pick<HttpDeps, "metrics" | "readiness" | "log">): Express {
  // These operations look at nothing but what is given here.
  return createRoutedApp(deps as RouteDeps, [healthz, readyz, metrics], {
    wayOut: "This process has /healthz, /readyz and /metrics.",
  });
}
