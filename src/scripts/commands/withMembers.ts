/** A change of some members: absent leaves a member as it is, null takes it away. */
type MemberChanges<T> = { readonly [K in keyof T]?: T[K] | null };

/** The entity with some members changed. Neither argument is changed. */
export function withMembers<T extends object>(entity: T, changes: MemberChanges<T>): T {
  const changed = { ...entity } as Record<string, unknown>;
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) delete changed[key];
    else if (value !== undefined) changed[key] = value;
  }
  return changed as T;
}
