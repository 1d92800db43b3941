/** Longer texts are lists of rows, of another length each time. */
const LONGEST_TEXT = 3_000;
/** Each connection keeps a plan for each name. */
const MOST_NAMES = 200;

/**
 * Names for statements, so that a connection parses and plans each text once and not each time: a third of what the
 * materializer's statements cost the server.
 *
 * Only for clients whose statements find rows by their keys. PostgreSQL makes such a plan without looking at the
 * values, and while a table grows from nothing the plan is that of a small table until statistics are taken next.
 *
 * An empty name is none.
 */
export function createStatementNames(): (query: {
  readonly sql: string;
  readonly args: readonly unknown[];
}) => string {
  const names = new Map<string, string>();
  return ({ sql, args }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    // BEGIN and COMMIT go as they are: without values there is nothing to plan.
    if (args.length === 0 || sql.length > LONGEST_TEXT || names.size === MOST_NAMES) return "";
    const name = `s${names.size + 1}`;
    names.set(sql, name);
    return name;
  };
}
