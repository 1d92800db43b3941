/**
 * Of every event stream. no-transform keeps proxies and compression from holding events back until there is enough
 * to compress; X-Accel-Buffering does the same for nginx.
 */
export const SSE_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "private, no-cache, no-store, no-transform, must-revalidate, max-age=0",
  "x-accel-buffering": "no",
} as const;
