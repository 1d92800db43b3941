import type { Prisma } from "../../src/db/generated/client.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import type { LegacyTables } from "./legacyTables.ts";

/**
 * A move of legacy data into the canonical models. One folder beside this one holds one definition: what is read,
 * how a row maps (pure), what must hold, and the SQL of the phases. Everything else (batches, checkpoints,
 * quarantine, verification, phases, the ledger) is the engine's.
 */
export interface BackfillDefinition {
  /** Such as "guidance". */
  readonly name: string;
  readonly title: string;
  /** In the order in which they are moved: what a later one points to is there. */
  readonly units: readonly BackfillUnit[];
  readonly invariants: readonly Invariant[];
  /** What its rows are read from, and what is frozen while they are moved. */
  readonly legacy: LegacyTables;
  /**
   * Whether clients read this data while it is moved, through routes that compare both sides (src/compat/dualRead).
   * Then enough reads must have been compared before the cutover.
   */
  readonly comparesReads: boolean;
  /** What an operator may tell it with the verbs plan and start. */
  readonly options: readonly MoveOption[];
  /** Scripts of SQL for the database's owner. Each may be run again and then changes nothing. */
  readonly sql: {
    /** What is added beside the legacy tables: grants by which they are read, views, indexes. */
    readonly expand: string;
    /** Takes back what expand added, but for grants that the legacy side needs. */
    readonly retract: string;
    /** Drops the legacy tables. There is no way back. */
    readonly contract: string;
  };
  /** What a person must know before the last step: what is not in the canonical tables and will be gone. */
  readonly describeLoss: (tx: ReadTx) => Promise<readonly Loss[]>;
  /** What was written since the cutover and has no place in the legacy tables. */
  readonly describeNativeWrites: (tx: ReadTx) => Promise<readonly Loss[]>;
}

/** An option of the command line. */
export interface MoveOption {
  /** As MoveSettings.options has it, such as tenantForNull. */
  readonly name: string;
  /** The same for commander, such as "--tenant-for-null <id>". */
  readonly flags: string;
  readonly description: string;
}

/** A kind of thing that a step would lose: how many there are, and the first ones. */
export interface Loss {
  readonly what: string;
  readonly count: number;
  readonly examples: readonly Json[];
}

/** A client that reads: Prisma's, or a transaction of it. Raw SQL is for reading here. */
export type ReadTx = Prisma.TransactionClient;

/** A row's key: the columns the cursor walks, as texts, in their order. Unique; the last one is the row's id. */
export type RowKey = readonly string[];

/** One kind of legacy row that is moved together with what belongs to it, such as a script with its versions. */
export interface BackfillUnit {
  /** Such as "scripts". */
  readonly name: string;
  /** The legacy table whose rows are walked. */
  readonly legacyTable: string;
  /** What becomes of a row, as the id map calls it. */
  readonly kind: string;
  /** Rows of a batch to begin with; halved when a batch takes too long. */
  readonly batchSize: number;
  /** Whether its rows point at versions, so that what was moved before must have been materialized. */
  readonly needsVersions: boolean;
  countRows(tx: ReadTx): Promise<number>;
  /** The highest key there is now; null when there is none. */
  findUpperBound(tx: ReadTx): Promise<RowKey | null>;
  /** Keys after `after` up to and with `upTo`, in order. */
  listKeys(
    tx: ReadTx,
    range: { readonly after: RowKey | null; readonly upTo: RowKey; readonly limit: number },
  ): Promise<RowKey[]>;
  /** Reads a row with what belongs to it, and maps it. */
  prepare(tx: ReadTx, key: RowKey, move: MoveSettings): Promise<Prepared>;
  /** As prepare, while what its rows point to may not be moved yet; for a plan. Left out: prepare will do. */
  preview?(tx: ReadTx, key: RowKey, move: MoveSettings): Promise<Prepared>;
  /** Rows of its tables that hang on no row that is walked, such as nodes of a version that is not there. */
  listStrays(tx: ReadTx): Promise<readonly QuarantinedRow[]>;
  /** Takes what became of a row out of use, as far as that can be done. Called by reverse, once per row. */
  takeBack(
    context: Omit<WriteContext, "wasTakenBack">,
    row: { readonly tenantId: string; readonly newId: string },
  ): Promise<void>;
}

/** What is the same for every row of a move and on every repeat. */
export interface MoveSettings {
  /** When the legacy tables were frozen, or now while they are not. Later times in legacy rows are wrong ones. */
  readonly asOf: Date;
  /** What the definition was told, by the names of its options. */
  readonly options: Readonly<Record<string, string>>;
}

export type Prepared =
  /** Somebody deleted it meanwhile. */
  | { readonly kind: "gone" }
  /** It cannot be moved at all. */
  | { readonly kind: "quarantined"; readonly rows: readonly QuarantinedRow[] }
  | PreparedRow;

export interface PreparedRow {
  readonly kind: "prepared";
  readonly legacyId: string;
  /** SHA-256 over the mapped row, 64 hex digits. */
  readonly sourceHash: string;
  /** Every legacy row that this one is made of and is found again by its old id. */
  readonly idMap: readonly IdMapEntry[];
  /** Parts of it that cannot be moved while the rest can. */
  readonly quarantined: readonly QuarantinedRow[];
  /** Parts of it that are moved in another form. */
  readonly findings: readonly QuarantinedRow[];
  /**
   * Writes it. Called once per content: again only when sourceHash has changed since, and must then bring the
   * canonical rows up to it or say why it cannot.
   */
  write(context: WriteContext): Promise<WriteOutcome>;
  /** SHA-256 over what the canonical side says now, in the form of sourceHash; null when there is nothing. */
  hashCanonical(tx: ReadTx): Promise<string | null>;
  /** What differs, for a person, once the hashes do. */
  explain(tx: ReadTx): Promise<Json>;
}

export interface WriteContext {
  readonly tx: Prisma.TransactionClient;
  readonly now: Date;
  /** Whether a reverse took it out of use since it was written: then it must come back into use. */
  readonly wasTakenBack: boolean;
  /** Enqueues materialization in this transaction. */
  readonly sendJobs: (scripts: readonly { tenantId: string; scriptId: string }[]) => Promise<void>;
}

export type WriteOutcome =
  | { readonly kind: "written" }
  /** It is there already and cannot be brought up to the legacy row. */
  | { readonly kind: "quarantined"; readonly rows: readonly QuarantinedRow[] };

export interface IdMapEntry {
  readonly legacyTable: string;
  readonly legacyId: string;
  readonly tenantId: string;
  /** Such as "script", "version", "run". */
  readonly kind: string;
  readonly newId: string;
  /** What the legacy row holds and the canonical one has no place for. */
  readonly facts?: Json;
}

export interface QuarantinedRow {
  readonly legacyTable: string;
  readonly legacyId: string;
  /** Stable reason, such as script_key_invalid. */
  readonly code: string;
  readonly message: string;
}

/** Something that must hold of the data, by a query that returns the rows that break it. */
export interface Invariant {
  /** Such as every_script_has_its_versions. */
  readonly name: string;
  /** What it says, for a person. */
  readonly rule: string;
  /** Rows that break it: how many, and at most `limit` of them. */
  readonly findViolations: (
    tx: ReadTx,
    limit: number,
  ) => Promise<{ readonly count: number; readonly examples: readonly Json[] }>;
}
