import { MOVES, PURE_FOLDERS } from "./layers.ts";
import type { MaskedSource } from "./maskSource.ts";
import { delegateOf, mayWrite, MODEL_WRITERS } from "./modelWriters.ts";
import type { Offence, Source } from "./offence.ts";

const PURE = Object.keys(PURE_FOLDERS);

export interface TextRule {
  readonly rule: Offence["rule"];
  readonly pattern: RegExp;
  /** code keeps texts, such as SQL; bare has none. */
  readonly within: keyof MaskedSource;
  readonly allowedIn: (source: Source) => boolean;
  readonly message: string;
}

/** The one file that calls the door to the log. */
const DOOR = "src/log/appendCommands.sql.ts";
const WRITE_OUT =
  "Write the model out behind its client, such as tx.scriptVersion.findFirst, so that a gate can read it.";

/** Members of a Prisma client that nothing else is called like. */
const OWN_NAMES = Object.keys(MODEL_WRITERS)
  .filter((model) => model !== "Script" && !model.startsWith("Legacy"))
  .map(delegateOf);

/** A statement that writes, wherever it stands in a text. */
export const SQL_WRITE =
  /\b(?:insert\s+into|delete\s+from|merge\s+into|truncate\s+(?:table\s+)?(?:\w+\s*\.\s*"?|")\w+|copy\s+["\w.]+[^;`"']*?\s(?:from|to)\s+(?:stdin|stdout|program|')|update\s+(?:only\s+)?[\w".]+(?:\s+(?:as\s+)?\w+)?\s+set)\b/gi;

/** What must not stand in code, and where it may stand all the same. */
export const TEXT_RULES: readonly TextRule[] = [
  {
    rule: "environment",
    pattern:
      /\bprocess\s*(?:(?:\?\.|\.)\s*env\b|\[)|\benv\b[^;]*\}\s*=\s*process\b|\bmeta\s*\.\s*env\b|(?:=|\()\s*process\s*[;,)]/g,
    within: "bare",
    allowedIn: ({ folder }) => folder === "main",
    message: "Settings are read in src/main only. Take this one as an argument.",
  },
  {
    rule: "computed_import",
    pattern: /\beval\s*\(|\bFunction\s*\(|\bReflect\b|\bglobalThis\s*\[|\bgetBuiltinModule\b/g,
    within: "bare",
    allowedIn: () => false,
    message: "No rule can look into this. Write out what is called.",
  },
  {
    rule: "raw_sql",
    pattern: /\$executeRaw(?!Unsafe)\w*/g,
    within: "bare",
    allowedIn: () => false,
    message: "No raw SQL writes. Use the Prisma model API inside a transaction.",
  },
  {
    rule: "raw_sql",
    pattern: /\$queryRaw(?!Unsafe)\w*/g,
    within: "bare",
    allowedIn: ({ path }) => path.endsWith(".sql.ts"),
    message: "Raw SQL lives in files named *.sql.ts.",
  },
  {
    rule: "raw_sql",
    // What stands in a variable is called where nobody reads the statement. Of a template bare has spaces.
    pattern: /\$queryRaw(?=\s?[;,)\]}(=.!:?&|])/g,
    within: "bare",
    allowedIn: ({ path }) => !path.endsWith(".sql.ts"),
    message: "Write the statement right behind $queryRaw, so that a gate can read it.",
  },
  {
    rule: "raw_sql",
    pattern: /\.\s*(?:query|executeSql|getDb)\s*(?:<[^()]*>)?\s*\(/g,
    within: "bare",
    allowedIn: ({ folder, path }) => folder === "db" || path.endsWith(".sql.ts"),
    message: "Statements outside of src/db go through $queryRaw in a file named *.sql.ts.",
  },
  {
    rule: "unsafe_sql",
    // Also by name in brackets, where bare has nothing left of it.
    pattern:
      /(?<!["'`])\$(?:query|execute)RawUnsafe\b|\bPrisma\s*(?:\.\s*raw\b|\[)|\bnew\s+Prisma\s*\.\s*Sql\b|\}\s*=\s*Prisma\b|\[\s*["'`]\$[a-z]/g,
    within: "code",
    allowedIn: () => false,
    message: "A statement that is put together from text can carry another one. Use a tagged $queryRaw.",
  },
  {
    rule: "sql_write",
    pattern: SQL_WRITE,
    within: "code",
    allowedIn: () => false,
    message: "No raw SQL writes. Use the Prisma model API; the log is written by scripts.append_commands.",
  },
  {
    rule: "ddl",
    pattern:
      /\b(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:unlogged\s+|temp(?:orary)?\s+|unique\s+|materialized\s+)?(?:table|index|schema|type|function|procedure|trigger|role|user|policy|view|sequence|extension|database|domain)\s+(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?["\w$]|\b(?:grant|revoke)\s+(?:all|select|insert|update|delete|usage|execute)\b/gi,
    within: "code",
    allowedIn: ({ folder }) => folder === "db",
    message: "Tables, roles and grants are made by prisma/migrations, and by src/db for jobs and logins.",
  },
  {
    rule: "prisma_client",
    pattern: /\bnew\s+Prisma(?:Client|Pg)\b|\$extends\b/g,
    within: "bare",
    allowedIn: ({ folder }) => folder === "db",
    message:
      "Clients are opened in src/db only, each as one of the runtime roles. Take this one as an argument.",
  },
  ...Object.entries(MODEL_WRITERS).map(([model, writers]): TextRule => {
    const delegate = delegateOf(model);
    return {
      rule: "prisma_write",
      pattern: new RegExp(
        `${delegate === "script" ? "\\.\\s*" : "\\b"}${delegate}\\s*[!?]?(?:\\.\\s*(?:create|update|upsert|delete)|\\[)\\w*`,
        "g",
      ),
      within: "bare",
      allowedIn: (source) => mayWrite(model, source),
      message:
        writers.length === 0
          ? `${model} is written by scripts.append_commands alone.`
          : `${model} is written by ${writers.join(" and ")} alone (test/architecture/modelWriters.ts).`,
    };
  }),
  {
    rule: "prisma_write",
    // Out of its client into a variable or a call, where nobody sees what becomes of it. A legacy row has a column
    // of that name; the pure folders have rows and no client.
    pattern: new RegExp(
      `(?<!\\brow)\\.\\s*(?:${OWN_NAMES.join("|")})\\b(?!\\s*[!?]?[.[])|\\b(?:tx|prisma|client|db)\\s*\\??\\.\\s*script\\b(?!\\s*[!?]?[.[])`,
      "g",
    ),
    within: "bare",
    allowedIn: ({ folder }) => folder === "materializer" || folder === MOVES || PURE.includes(folder),
    message: WRITE_OUT,
  },
  {
    rule: "prisma_write",
    // The same by a name in brackets, or by taking the client apart.
    pattern: new RegExp(
      `(?<=[\\w)\\]])\\[\\s*["'\`](?:script|${OWN_NAMES.join("|")})["'\`]\\s*\\]\\s*[.[]` +
        `|\\{[^{}()=]*\\b(?:${OWN_NAMES.join("|")})\\b[^{}()=]*\\}\\s*=\\s*(?:\\w+\\s*\\.\\s*)*(?:tx|prisma|client|db)\\s*;` +
        `|\\b(?:${OWN_NAMES.join("|")})\\s*:\\s*\\{\\s*(?:create|update|upsert|delete)`,
      "g",
    ),
    within: "code",
    allowedIn: ({ folder }) => folder === "materializer",
    message: WRITE_OUT,
  },
  {
    rule: "prisma_write",
    // By a name that is computed, and through a relation of another model.
    pattern:
      /\]\s*[!?]?\.\s*(?:create|update|upsert|delete)(?:Many)?(?:AndReturn)?\s*\(\s*\{|\b\w+\s*:\s*\{\s*(?:create|createMany|connectOrCreate|update|updateMany|upsert|delete|deleteMany)\s*:\s*[[{]/g,
    within: "bare",
    allowedIn: () => false,
    message: WRITE_OUT,
  },
  {
    rule: "append_commands",
    // "append_commands(jsonb)" names the function, as grants and look-ups do; it does not call it.
    pattern: /\bappend_commands\b["\s]*\((?!\s*jsonb\b)/g,
    within: "code",
    allowedIn: ({ path }) => path === DOOR,
    message: `Only ${DOOR} calls scripts.append_commands.`,
  },
  {
    rule: "pure_clock_or_chance",
    pattern:
      /\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|[;,)])|\bMath\s*\.\s*random\b|\bperformance\b|\bcrypto\b|\bset(?:Timeout|Interval|Immediate)\b|\bfetch\s*\(|\bTemporal\b|\bprocess\b|\bconsole\b|=\s*(?:Date|Math)\s*[;,)]/g,
    within: "bare",
    // The kernel makes the ids. The rest is handed time and ids, or a replay would differ from the original.
    allowedIn: ({ folder }) => folder === "kernel" || !PURE.includes(folder),
    message: "No clock, no chance and no waiting in the pure core. Take the value as a fact.",
  },
];
