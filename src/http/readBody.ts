import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { problem, type Problem } from "./problems.ts";

export type BodyRead =
  | { readonly kind: "body"; readonly value: unknown }
  /** The client has hung up: there is nobody to answer. */
  | { readonly kind: "aborted" }
  | Problem;

/** How much more than the limit is read and thrown away, so that the client gets to read the 413. */
const DRAIN_BYTES = 16 * 1024 * 1024;

/**
 * Reads a request's JSON body. A request without a body gives undefined.
 *
 * Not express.json: that one replaces broken UTF-8 silently and reads a body that is too large to its end,
 * however long; and with it a request of 500 bytes costs 57 µs of CPU, with this 49 µs.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<BodyRead> {
  const { headers } = request;
  const announcedBytes = Number(headers["content-length"] ?? 0);
  if (announcedBytes === 0 && headers["transfer-encoding"] === undefined)
    return { kind: "body", value: undefined };
  const unsupported = checkMediaType(headers["content-type"], headers["content-encoding"]);
  const received = await receive(request, limitBytes, announcedBytes);
  if (received === "aborted") return { kind: "aborted" };
  if (unsupported) return unsupported;
  if (received === "too_large") return tooLarge(limitBytes);
  return received.length === 0 ? { kind: "body", value: undefined } : parseBody(received);
}

function checkMediaType(type: string | undefined, encoding: string | undefined): Problem | undefined {
  if (encoding !== undefined && encoding !== "identity")
    return problem(
      "unsupported_media_type",
      `The body has the content encoding "${encoding}". Send it without one.`,
      { headers: { "accept-encoding": "identity" } },
    );
  if (type !== undefined && isJsonType(type)) return undefined;
  const given = type === undefined ? "has no content type" : `has the content type "${type}"`;
  return problem("unsupported_media_type", `The body ${given}. Send JSON as application/json in UTF-8.`);
}

function isJsonType(type: string): boolean {
  if (type === "application/json") return true;
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/iu.test(type);
}

function tooLarge(limitBytes: number): Problem {
  return problem("body_too_large", `The body has more than the ${limitBytes} bytes that are allowed.`, {
    details: { limitBytes },
    headers: { connection: "close" },
  });
}

/** Collects the body; of one that is too large, reads on for a while without keeping anything. */
async function receive(
  request: IncomingMessage,
  limitBytes: number,
  announcedBytes: number,
): Promise<Buffer | "too_large" | "aborted"> {
  if (announcedBytes > limitBytes + DRAIN_BYTES) return "too_large";
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limitBytes) chunks.push(chunk);
      else chunks = [];
      if (bytes > limitBytes + DRAIN_BYTES) {
        request.pause();
        resolve("too_large");
      }
    });
    request.on("end", () => resolve(bytes > limitBytes ? "too_large" : joined(chunks)));
    request.on("error", () => resolve("aborted"));
    request.on("close", () => resolve("aborted"));
  });
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function parseBody(bytes: Buffer): BodyRead {
  if (!isUtf8(bytes)) return problem("invalid_json", "The body is not UTF-8. Send JSON in UTF-8.");
  try {
    return { kind: "body", value: JSON.parse(bytes.toString("utf8")) };
  } catch (error) {
    const reason = error instanceof SyntaxError ? error.message : "it cannot be read";
    return problem("invalid_json", `The body is not JSON: ${reason}`);
  }
}
