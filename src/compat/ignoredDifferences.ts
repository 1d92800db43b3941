/** A difference between the two sides that is expected for a while. */
export interface IgnoredDifference {
  /** Such as getGuidanceScript. */
  readonly operation: string;
  /** Of the pointers in the difference. */
  readonly path: RegExp;
  readonly reason: string;
  /** From then on it counts: nothing is ignored for ever. */
  readonly until: Date;
}

/** None is known. Add one here, with its date, when a difference turns out to be right on both sides. */
export const IGNORED_DIFFERENCES: readonly IgnoredDifference[] = [];

/** Whether every path of a difference is expected. */
export function isIgnored(
  rules: readonly IgnoredDifference[],
  found: { readonly operation: string; readonly paths: readonly string[] },
  now: Date,
): boolean {
  const { operation, paths } = found;
  return (
    paths.length > 0 &&
    paths.every((path) =>
      rules.some((rule) => rule.operation === operation && rule.until > now && rule.path.test(path)),
    )
  );
}
