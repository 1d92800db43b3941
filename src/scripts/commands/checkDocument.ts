import { checkStructure } from "../document/checkStructure.ts";
import type { KeyedDocument } from "../document/document.ts";
import { keyedDocumentSchema } from "../document/schemas.ts";
import type { StructureProblem } from "../document/structureProblem.ts";
import { toPointer } from "../pointer.ts";

/**
 * Checks a document of which nothing is known: the shape of every entity, then how they fit together.
 * Orders may be missing. Paths are pointers into the id-keyed document.
 */
export function checkDocument(document: unknown): StructureProblem[] {
  const parsed = keyedDocumentSchema.safeParse(document);
  if (parsed.success) return checkStructure(document as KeyedDocument);
  return parsed.error.issues.map(({ path, message }) => ({
    code: "invalid_document",
    path: toPointer(path),
    message,
  }));
}

/** The part of a state that is the document, without a copy. */
export function keyedDocument({
  nodes,
  edges,
  variables,
  viewport,
  entryNodeId,
}: KeyedDocument): KeyedDocument {
  return { nodes, edges, variables, viewport, entryNodeId };
}
