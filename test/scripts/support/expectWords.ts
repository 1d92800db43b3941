import { expect } from "vitest";

/** Nobody is sent away without words: what is wrong, and mostly what to do about it. */
export function expectWords(problems: readonly { readonly message: string }[]): void {
  for (const { message } of problems) expect(message).toMatch(/^\S.{10,}/su);
}
