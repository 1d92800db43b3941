import type { Database } from "../../db/openDatabase.ts";
import type { RuntimeRole } from "../../db/connectionUrl.ts";

/** The database that a command works on. */
export interface OpsStore {
  /** In role script_operator: reads everything, of every tenant. */
  readonly prisma: Database["prisma"];
  /** Where it is, without passwords. */
  readonly where: string;
  /** Folder of the embedded cluster, when it is one. */
  readonly embedded: string | undefined;
  /** A connection in another role, for what only that role may do. Closed with the store. */
  as(role: RuntimeRole): Promise<Database>;
  /** URL for those who bring a client of their own; see urlAsRole. */
  urlFor(role: RuntimeRole): string;
  /** URL of the database's owner, for what changes tables; undefined when only OPERATOR_DATABASE_URL is set. */
  readonly ownerUrl: string | undefined;
  close(): Promise<void>;
}
