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
  "www-authenticate": {
    description: "How to authorize a request.",
    example: 'Bearer realm="scripts"',
  },
  "retry-after": { description: "Seconds to wait before the next try.", example: "1" },
  "ratelimit-policy": {
    description:
      "How many requests (q) a token may send to one process in how many seconds (w). Only where there is a limit.",
    example: '"token"; q=60000; w=60',
  },
  ratelimit: {
    description: "How many requests are left (r), for how many seconds (t).",
    example: '"token"; r=59999; t=60',
  },
  "idempotency-replayed": {
    description: "true: this is the answer that an earlier request with the same Idempotency-Key had.",
    example: "true",
  },
  deprecation: {
    description: "Since when the operation is deprecated: @ and seconds since 1970 (RFC 9745).",
    example: "@1795219200",
  },
  sunset: { description: "When it stops to answer.", example: "Wed, 30 Jun 2027 00:00:00 GMT" },
  link: {
    description: "What takes its place (successor-version), and what there is to read (deprecation).",
    example: '</scripts>; rel="successor-version"',
  },
  "preference-applied": { description: "The part of Prefer that was heeded.", example: "wait=10" },
} as const satisfies Record<string, ResponseHeader>;

export type ResponseHeaderName = keyof typeof RESPONSE_HEADERS;
