import type { IncomingHttpHeaders } from "node:http";
import { problem, type Problem } from "./problems.ts";
import { readHeader } from "./requestHeaders.ts";

/** The head a caller has seen, and where it said so: that decides between 409 and 412. */
export interface Precondition {
  readonly kind: "precondition";
  readonly expectedSequence: number | undefined;
  readonly fromHeader: boolean;
}

/** Reads If-Match and the body's expectedSequence, which mean the same and must not contradict each other. */
export function readPrecondition(
  headers: IncomingHttpHeaders,
  fromBody: number | undefined,
): Precondition | Problem {
  const ifMatch = readHeader(headers, "if-match");
  if (typeof ifMatch === "object") return ifMatch;
  // "*" asks for no more than that the script exists, and every write but the first asks for that anyway.
  if (ifMatch === undefined || ifMatch === "*")
    return { kind: "precondition", expectedSequence: fromBody, fromHeader: false };
  const sequence = Number(ifMatch.slice(1, -1));
  if (fromBody !== undefined && fromBody !== sequence)
    return problem(
      "invalid_header",
      `If-Match says ${sequence}, the body's expectedSequence says ${fromBody}. Send one of them.`,
    );
  return { kind: "precondition", expectedSequence: sequence, fromHeader: true };
}

/** Whether If-None-Match names this sequence: the caller has the document already. */
export function isNoneMatch(headers: IncomingHttpHeaders, sequence: number): boolean {
  const value = headers["if-none-match"];
  if (value === undefined) return false;
  return value
    .split(",")
    .some((tag) => tag.trim().replace(/^W\//u, "") === etag(sequence) || tag.trim() === "*");
}

/** A sequence as an entity tag. */
export function etag(sequence: number): string {
  return `"${sequence}"`;
}
