import type { Sides } from "./sides.sql.ts";

/** How long a process goes by what it read of a tenant's switch, in ms. An operator waits as long for all to follow. */
const SIDES_MAX_AGE_MS = 2_000;
const MOST_TENANTS = 10_000;

/** Where each tenant was served from when this process last looked. */
export class SideCache {
  readonly #read: (tenantId: string) => Promise<Sides>;
  readonly #now: () => Date;
  readonly #known = new Map<string, { readonly sides: Sides; readonly readAt: number }>();

  constructor(read: (tenantId: string) => Promise<Sides>, now: () => Date) {
    this.#read = read;
    this.#now = now;
  }

  async of(tenantId: string): Promise<Sides> {
    const readAt = this.#now().getTime();
    const known = this.#known.get(tenantId);
    if (known && readAt - known.readAt < SIDES_MAX_AGE_MS) return known.sides;
    const sides = await this.#read(tenantId);
    if (this.#known.size >= MOST_TENANTS) this.#known.clear();
    this.#known.set(tenantId, { sides, readAt });
    return sides;
  }

  /** What is known of a tenant turned out to be old. */
  forget(tenantId: string): void {
    this.#known.delete(tenantId);
  }
}
