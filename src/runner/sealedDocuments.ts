import type { TenantTx } from "../db/inTenant.ts";
import type { ScriptDocument } from "../scripts/storedCommand.ts";

export interface VersionKey {
  readonly tenantId: string;
  readonly scriptId: string;
  readonly version: number;
}

/**
 * Documents of sealed versions that this process has used lately, within a bound of memory. They never change, so
 * none is ever stale, and a run need not read megabytes on every answer.
 */
export class SealedDocuments {
  readonly #maxBytes: number;
  readonly #documents = new Map<string, { readonly document: ScriptDocument; readonly bytes: number }>();
  #bytes = 0;

  /** maxBytes bounds the documents' JSON text; in memory they take about three times that. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The document of a version; undefined when there is none, or only an open one. */
  async load(tx: Pick<TenantTx, "scriptVersion">, key: VersionKey): Promise<ScriptDocument | undefined> {
    const name = `${key.tenantId}\n${key.scriptId}\n${key.version}`;
    const known = this.#documents.get(name);
    if (known) {
      // A Map keeps insertion order, so the first entry is the one that was used longest ago.
      this.#documents.delete(name);
      this.#documents.set(name, known);
      return known.document;
    }
    const row = await tx.scriptVersion.findUnique({
      where: { tenantId_scriptId_version: key },
      select: { graphJson: true, variablesDef: true, sealedAt: true },
    });
    if (!row?.sealedAt) return undefined;
    const { graphJson, variablesDef } = row;
    // The materializer wrote them, so they are what the type says.
    const document = { graphJson, variablesDef } as unknown as ScriptDocument;
    this.#keep(name, document);
    return document;
  }

  #keep(name: string, document: ScriptDocument): void {
    const bytes = JSON.stringify(document).length;
    // Somebody else may have read it meanwhile. One that would push everything else out is not kept at all.
    if (this.#documents.has(name) || bytes > this.#maxBytes) return;
    this.#documents.set(name, { document, bytes });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#documents) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#documents.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
