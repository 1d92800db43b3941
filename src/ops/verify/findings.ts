import { CHECK_NAMES, CHECKS, type CheckName } from "./checks.ts";

/** One place where the data is not as it must be. */
export interface Finding {
  readonly check: CheckName;
  readonly tenantId?: string;
  readonly scriptId?: string;
  /** Of the command, where there is one. */
  readonly sequence?: number;
  readonly message: string;
}

export interface CheckResult {
  readonly check: CheckName;
  readonly says: string;
  /** Rows looked at: commands, versions, events, as the check goes. */
  readonly looked: number;
  readonly violations: number;
  /** The first few. */
  readonly examples: readonly Finding[];
}

/** Gathers what the checks find: all of it is counted, the first few of each check are kept. */
export class Findings {
  readonly #maxExamples: number;
  readonly #results: Map<CheckName, { looked: number; violations: number; examples: Finding[] }>;

  constructor(checks: ReadonlySet<CheckName>, maxExamples: number, earlier: readonly CheckResult[] = []) {
    this.#maxExamples = maxExamples;
    this.#results = new Map(
      CHECK_NAMES.filter((name) => checks.has(name)).map((name) => {
        const before = earlier.find(({ check }) => check === name);
        const { looked = 0, violations = 0, examples = [] } = before ?? {};
        return [name, { looked, violations, examples: [...examples] }];
      }),
    );
  }

  wants(check: CheckName): boolean {
    return this.#results.has(check);
  }

  looked(check: CheckName, count = 1): void {
    const result = this.#results.get(check);
    if (result) result.looked += count;
  }

  /** Takes note of a violation; of a check that was not asked for it is none. */
  add(finding: Finding): void {
    const result = this.#results.get(finding.check);
    if (!result) return;
    result.violations++;
    if (result.examples.length < this.#maxExamples) result.examples.push(finding);
  }

  /** Takes over what another one has gathered. */
  merge(other: Findings): void {
    for (const { check, looked, violations, examples } of other.results()) {
      this.looked(check, looked);
      for (const finding of examples) this.add(finding);
      const result = this.#results.get(check);
      if (result) result.violations += violations - examples.length;
    }
  }

  results(): CheckResult[] {
    return [...this.#results].map(([check, result]) => ({ check, says: CHECKS[check], ...result }));
  }

  get violations(): number {
    return this.results().reduce((sum, { violations }) => sum + violations, 0);
  }
}
