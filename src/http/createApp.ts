import type { Express } from "express";
import { createCors } from "./cors.ts";
import { createRoutedApp } from "./createRoutedApp.ts";
import { serveDocsAsset } from "./docs/serveDocsAsset.ts";
import type { HttpDeps, OpenApiDocument, OpenApiVersion, RouteDeps } from "./httpDeps.ts";
import { buildOpenApi } from "./openapi/buildOpenApi.ts";
import { downgradeTo31 } from "./openapi/downgradeTo31.ts";
import { routes } from "./routes.ts";

/** The API on what it stands on. */
export function createApp(deps: HttpDeps): Express {
  const { corsOrigins } = deps.config;
  return createRoutedApp({ ...deps, openApi: describeOnce() }, routes, {
    wayOut: "See /docs.",
    prepare: (app) => {
      if (corsOrigins.length > 0) app.use(createCors(corsOrigins));
      app.get("/docs/:file", serveDocsAsset);
    },
  });
}

function describeOnce(): RouteDeps["openApi"] {
  const made = new Map<OpenApiVersion, OpenApiDocument>();
  return (version) => {
    const known = made.get(version);
    if (known) return known;
    const document = buildOpenApi(routes);
    const described = version === "3.2" ? document : downgradeTo31(document);
    made.set(version, described);
    return described;
  };
}
