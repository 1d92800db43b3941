/** What somebody may do; src/commands/role.ts says what that is. From the least to the most, agents aside. */
export const ROLES = ["viewer", "agent", "editor", "publisher", "operator"] as const;

export type Role = (typeof ROLES)[number];

export function isRole(value: unknown): value is Role {
  return ROLES.includes(value as Role);
}
