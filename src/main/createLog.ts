import { pino, type DestinationStream, type Logger } from "pino";

/**
 * The log of a process: JSON lines on standard output, without secrets. They are cut out of the finished line,
 * wherever they stand: in a member of any depth, in the message of an error, in an address.
 *
 * Not pino's redact: for names at any depth it costs 25 to 40 µs a line, and a worker writes thousands a second. A
 * look for what might be a secret costs about one.
 */
export function createLog(options: { readonly level: string }, to?: DestinationStream): Logger {
  const settings = { level: options.level, hooks: { streamWrite: cutSecrets } };
  return to ? pino(settings, to) : pino(settings);
}

const MAYBE_SECRET =
  /sct_|bearer |basic |eyJ|:\/\/[^/\s"@]*@|ticket=|token=|"(?:authorization|(?:set-)?cookie|token|ticket|password|secret)":/iu;

/** Members named after a secret, tokens of this service, credentials, JWTs, passwords in URLs, secrets in queries. */
function cutSecrets(line: string): string {
  if (!MAYBE_SECRET.test(line)) return line;
  return line
    .replaceAll(
      /(?<name>"(?:authorization|(?:set-)?cookie|token|ticket|password|secret)":)(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/giu,
      '$<name>"***"',
    )
    .replaceAll(/sct_[0-9a-f-]{36}_[\w-]+/gu, "sct_***")
    .replaceAll(/\b(?<scheme>Bearer|Basic) +[\w.~+/-]+=*/giu, "$<scheme> ***")
    .replaceAll(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/gu, "***")
    .replaceAll(/(?<=:\/\/[^/\s"@:]*:)[^/\s"@]+(?=@)/gu, "***")
    .replaceAll(/(?<=[?&](?:ticket|token|access_token)=)[^&#\s"\\]+/giu, "***");
}
