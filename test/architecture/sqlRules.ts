import { findSqlTexts } from "./findSqlTexts.ts";
import { offenceAt, type Offence, type Source } from "./offence.ts";
import { SQL_WRITE } from "./textRules.ts";

/** What a statement of src may begin with. `show` and `set` speak of the session only. */
const READS = /^\s*(?:\(\s*)*(?:select|with|values|show)\b/i;
/** Beside these, src/db makes roles, databases and the tables of others: that is no write to a table of ours. */
const READS_OF_DB = /^\s*(?:select|with|values|show|set|listen|create|alter|grant|begin|commit|rollback)\b/i;
/** Functions that write although a select calls them. */
const WRITING_FUNCTIONS =
  /\b(?:setval|nextval|lo_\w+|dblink\w*|pg_terminate_backend|pg_cancel_backend|pg_read_file|pg_ls_dir)\s*\(/gi;
/** A function of our schema, called: scripts.append_commands( */
const OWN_FUNCTION = /\bscripts"?\s*\.\s*"?(\w+)"?\s*\((?!\s*jsonb\b)/gi;
/** Functions of our schema that src calls. The door has a rule of its own. */
const CALLED_FUNCTIONS = new Set(["append_commands"]);

/** Statements of src that do not only read and lock. */
export function sqlOffences(source: Source): Offence[] {
  const reads = source.folder === "db" ? READS_OF_DB : READS;
  return findSqlTexts(source).flatMap(({ sql, offset, isPart }) => {
    const found: Offence[] = [];
    // A statement in a constant, or one that starts with a part that is filled in, is not seen whole.
    if (!isPart && sql.trim() !== "" && !reads.test(sql) && !isToldAlready(sql))
      found.push(
        offenceAt(
          source,
          offset,
          "sql_read_only",
          `SQL in src reads and locks; this one begins with "${firstWord(sql)}".`,
        ),
      );
    for (const [call] of sql.matchAll(WRITING_FUNCTIONS))
      found.push(
        offenceAt(
          source,
          offset,
          "sql_function",
          `${call.replace(/\s*\($/, "")} changes things; it may not be called from src.`,
        ),
      );
    for (const [, name] of sql.matchAll(OWN_FUNCTION))
      if (!CALLED_FUNCTIONS.has(name!))
        found.push(
          offenceAt(
            source,
            offset,
            "sql_function",
            `scripts.${name} is called here. Only functions that test/architecture/sqlRules.ts names are.`,
          ),
        );
    return found;
  });
}

// The rule sql_write finds it wherever it stands; one offence is told once.
function isToldAlready(sql: string): boolean {
  return sql.search(SQL_WRITE) >= 0;
}

function firstWord(sql: string): string {
  return sql.trim().split(/\s+/, 1)[0] ?? "";
}
