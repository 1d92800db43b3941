import { Client } from "pg";
import { readCommittedCatalog, type Catalog } from "./catalog.ts";
import { readCatalog } from "./catalog.sql.ts";
import { compareCatalogs, describeDifference } from "./compareCatalogs.ts";
import { describeUrl } from "./connectionUrl.ts";

/** Sentences that a message lists. The rest is one command away. */
const MAX_LISTED = 10;

/**
 * Refuses a database whose schema lacks something that this version of the code needs: a table, column, index,
 * trigger, function, policy or grant, or one that is switched off or of another kind. Read-only, one statement,
 * about 30 ms with the connection; any role that may connect can do it.
 *
 * What the database has beside that is fine, so a newer release may have migrated it already.
 *
 * Throws a message that names what is missing and the way out.
 */
export async function assertSchema(input: {
  readonly url: string;
  /** What is needed; by default what prisma/catalog.json says. */
  readonly needed?: Catalog;
}): Promise<void> {
  const lacking = await findSchemaProblems(input);
  if (lacking.length === 0) return;
  const more = lacking.length - MAX_LISTED;
  throw new Error(
    [
      `Database ${describeUrl(input.url)} lacks what this version of the service needs:`,
      ...lacking.slice(0, MAX_LISTED).map((sentence) => `  ${sentence}`),
      ...(more > 0 ? [`  and ${more} more.`] : []),
      "If it was not migrated yet, start the service once with MIGRATE=true and the URL of the database's owner. " +
        "If it was, somebody changed it by hand: put back what prisma/migrations made; " +
        '"npm run ops -- doctor" lists every difference.',
    ].join("\n"),
  );
}

/**
 * What a database lacks, in sentences. With exact, also what it has too much and what reads otherwise: for an
 * operator, as a newer server may spell a definition in other words.
 */
export async function findSchemaProblems(input: {
  readonly url: string;
  readonly needed?: Catalog;
  readonly exact?: boolean;
}): Promise<string[]> {
  const client = new Client({ connectionString: input.url, application_name: "script-schema-check" });
  try {
    await client.connect();
  } catch (error) {
    const reason =
      error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
    throw new Error(
      `Cannot connect to the database ${describeUrl(input.url)}: ${reason}. ` +
        "Check that the server runs and that DATABASE_URL is right.",
      { cause: error },
    );
  }
  try {
    const actual = await readCatalog(client);
    const how = input.exact ? "exact" : "needed";
    return compareCatalogs(input.needed ?? readCommittedCatalog(), actual, how).map(describeDifference);
  } finally {
    await client.end();
  }
}
