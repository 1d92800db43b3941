/** Audit rows that tell of an accepted rebuild belong to no batch of the log; their batchId starts with this. */
export const ACCEPTANCE_PREFIX = "rebuild:";

export function acceptanceId(rebuildId: string, version: number): string {
  return `${ACCEPTANCE_PREFIX}${rebuildId}:v${version}`;
}
