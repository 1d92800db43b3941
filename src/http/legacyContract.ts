/** That an operation belongs to a contract that ends, and which one takes its place. */
export interface LegacyContract {
  /** In the form of a route's path, with the same parameters: /runs/{runId}/answer. */
  readonly successor: `/${string}`;
}

/** When the legacy routes were declared deprecated, and when they stop to answer. */
const DEPRECATED_AT = new Date("2026-11-21T00:00:00Z");
const SUNSET_AT = new Date("2027-06-30T00:00:00Z");

/**
 * What every answer of a legacy operation says of its end, errors too: Deprecation (RFC 9745), Sunset (RFC 8594),
 * and links to what takes its place and to what there is to read.
 */
export function legacyHeaders({ successor }: LegacyContract, params: unknown): Record<string, string> {
  const given = params as Readonly<Record<string, string | undefined>>;
  const path = successor.replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
    encodeURIComponent((given[name] ?? "").toWellFormed()),
  );
  return {
    deprecation: `@${DEPRECATED_AT.getTime() / 1_000}`,
    sunset: SUNSET_AT.toUTCString(),
    link: `<${path}>; rel="successor-version", </docs>; rel="deprecation"; type="text/html"`,
  };
}
