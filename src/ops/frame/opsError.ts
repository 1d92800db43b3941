/** What a person did not know or mistyped. The message says what is wrong and the way out; there is no stack to show. */
export class OpsError extends Error {
  override readonly name = "OpsError";
}
