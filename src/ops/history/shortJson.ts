const LONGEST = 60;

/** A value for one line of a terminal: cut when it is long, "(none)" when there is none. */
export function shortJson(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 2)}..`;
}
