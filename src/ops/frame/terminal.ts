/** Where a command writes. */
export interface Terminal {
  /** The result: a table, or JSON. */
  readonly out: (text: string) => void;
  /** Progress, hints and errors. */
  readonly err: (text: string) => void;
  /** Whether the result is read by a person. */
  readonly isPerson: boolean;
  /** Whether progress is: then one line is written over and over. */
  readonly showsProgress: boolean;
}
