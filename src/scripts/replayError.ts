/** A stored command that this reducer cannot apply. Thrown, because no caller of replay can go on behind it. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  /** The command's sequence. */
  readonly sequence: number;
  /** unknown_command_type, newer_command_version, evolve_failed or sequence_gap. */
  readonly code: string;

  constructor(sequence: number, code: string, message: string, options?: ErrorOptions) {
    super(`Command ${sequence}: ${message}`, options);
    this.sequence = sequence;
    this.code = code;
  }
}
