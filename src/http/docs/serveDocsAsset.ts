import { readFileSync } from "node:fs";
import type { RequestHandler } from "express";
import { DOCS_HEADERS } from "../routes/service.ts";

const assets: ReadonlyMap<string, { readonly type: string; readonly content: Buffer }> = new Map([
  [
    "page.js",
    { type: "text/javascript; charset=utf-8", content: readFileSync(new URL("page.js", import.meta.url)) },
  ],
  [
    "page.css",
    { type: "text/css; charset=utf-8", content: readFileSync(new URL("page.css", import.meta.url)) },
  ],
]);

/** Serves the script and the style of the page at /docs. */
export const serveDocsAsset: RequestHandler<{ file: string }> = (request, response, next) => {
  const asset = assets.get(request.params.file);
  if (!asset) {
    next();
    return;
  }
  response.writeHead(200, {
    ...DOCS_HEADERS,
    "content-type": asset.type,
    "content-length": asset.content.length,
  });
  response.end(asset.content);
};
