interface ResponseHeader {
  readonly description: string;
  readonly example: string;
}

/** Every response header the API promises, by its name in lower case. */
export const RESPONSE_HEADERS = {
  "correlation-id": {
    description: "The request's correlation id, or the one made for it.",
    example: "call-7f3a",
  },
  etag: { description: "The script's sequence; send it back as If-Match or If-None-Match.", example: '"12"' },
  location: { description: "Where the resource is, or will be.", example: "/scripts/scr_renewal/versions/3" },
  "retry-after": { description: "Seconds to wait before the next try.", example: "1" },
  "preference-applied": { description: "The part of Prefer that was heeded.", example: "wait=10" },
} as const satisfies Record<string, ResponseHeader>;

export type ResponseHeaderName = keyof typeof RESPONSE_HEADERS;
