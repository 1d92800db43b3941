import { Socket } from "node:net";

/**
 * A socket that gives up when nothing has moved on it for so long, in ms.
 *
 * When the other machine is gone, or a firewall between has forgotten the connection, no packet says so: a statement
 * waits for its answer for as long as the kernel likes, two hours by default, and the connection is missing in its
 * pool. A worker that lost all of its connections that way did nothing more until somebody started it anew.
 */
export function createImpatientSocket(silenceMs: number): Socket {
  const socket = new Socket();
  socket.setTimeout(silenceMs, () => socket.destroy(new SilenceError(silenceMs)));
  return socket;
}

/** As the error of the operating system, which comes too late; whoever knows that one knows this one. */
class SilenceError extends Error {
  readonly code = "ETIMEDOUT";
  readonly syscall = "read";
  readonly errno = -110;

  constructor(silenceMs: number) {
    super(`The database has said nothing for ${silenceMs / 1_000} s; the connection is given up.`);
  }
}
