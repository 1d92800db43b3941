import { expect } from "vitest";

/**
 * Expects of what is read again and again until it holds; the test fails when it does not for 15 s. vitest's own
 * second is too short on a machine that does other things.
 */
export function expectSoon<T>(read: () => T, message?: string) {
  return expect.poll(read, { timeout: 15_000, interval: 20, ...(message === undefined ? {} : { message }) });
}
