/** A failure that a person can act on: the message says what, where and the way out. */
export class InstallError extends Error {
  name = "InstallError";
}
