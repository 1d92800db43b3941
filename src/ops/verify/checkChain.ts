import { chainHash, GENESIS_HASH } from "../../log/chainHash.ts";
import type { LogRow } from "../../log/logRow.ts";
import { report, type PassContext } from "./passContext.ts";

/** Follows the numbers and hashes of a log. After a break it goes on from what stands there, so one break is told once. */
export function followChain(context: PassContext): {
  next(row: LogRow): void;
  end(): void;
} {
  const { findings, facts } = context;
  const wantsHashes = findings.wants("hash-chain");
  let sequence = 0;
  let hash = GENESIS_HASH;
  return {
    next: (row) => {
      findings.looked("sequences-contiguous");
      if (row.sequence !== sequence + 1)
        report(
          context,
          "sequences-contiguous",
          `After command ${sequence} comes ${row.sequence}.`,
          row.sequence,
        );
      sequence = row.sequence;
      if (wantsHashes) {
        findings.looked("hash-chain");
        if (row.chainHash !== chainHash(hash, row))
          report(
            context,
            "hash-chain",
            `Command ${row.sequence} (${row.type}, id ${row.id}) does not have the hash that its content and the command before it give: one of the two was changed.`,
            row.sequence,
          );
      }
      hash = row.chainHash;
    },
    end: () => {
      const { stream } = facts;
      if (sequence !== stream.headSequence)
        report(
          context,
          "sequences-contiguous",
          `The log ends at ${sequence}, its stream at ${stream.headSequence}.`,
          sequence,
        );
      if (hash !== stream.chainHash)
        report(
          context,
          "head-is-last",
          `The stream's hash ${shorten(stream.chainHash)} is not that of the last command, ${shorten(hash)}.`,
          sequence,
        );
    },
  };
}

/** Enough of a hash to tell two apart. */
export function shorten(hash: string): string {
  return `${hash.slice(0, 12)}..`;
}
