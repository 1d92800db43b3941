/**
 * The phases of a move, in order. Until the last one there is a way back.
 *
 * ```
 *   EXPAND -> FREEZE -> BACKFILL -> VERIFY -> DUAL_READ -> CUTOVER -> SOAK -> CONTRACT
 *     ^                                                                |
 *     '---------------------------- reverse --------------------------'
 * ```
 *
 * Beside its phase a move has a status. IDLE: no batch is due. RUNNING: whoever drives it takes the next batch.
 * PAUSED: nobody does, until resume. CANCELED: it is begun anew or led back, and nothing else.
 */
export type Phase =
  "EXPAND" | "FREEZE" | "BACKFILL" | "VERIFY" | "DUAL_READ" | "CUTOVER" | "SOAK" | "CONTRACT";

export type Status = "IDLE" | "RUNNING" | "PAUSED" | "CANCELED";

interface Place {
  readonly phase: Phase;
  readonly status: Status;
}

const ANY: readonly Status[] = ["IDLE", "RUNNING", "PAUSED", "CANCELED"];

/** What an operator may do, in which phases, and with which status. */
const VERBS = {
  // Later too: a release may have other views.
  expand: {
    phases: ["EXPAND", "FREEZE", "BACKFILL", "VERIFY", "DUAL_READ", "CUTOVER", "SOAK"],
    statuses: ["IDLE"],
  },
  // Later too: somebody may have thawed the tables behind the move.
  freeze: {
    phases: ["EXPAND", "FREEZE", "BACKFILL", "VERIFY", "DUAL_READ", "CUTOVER", "SOAK"],
    statuses: ANY,
  },
  // Until a tenant is read from the canonical side every row may be walked anew.
  start: { phases: ["FREEZE", "BACKFILL", "VERIFY", "DUAL_READ"], statuses: ["IDLE", "CANCELED"] },
  pause: { phases: ["BACKFILL"], statuses: ["RUNNING"] },
  // Also what runs already: the process that drove it may be dead.
  resume: { phases: ["BACKFILL"], statuses: ["PAUSED", "RUNNING"] },
  cancel: { phases: ["FREEZE", "BACKFILL", "VERIFY"], statuses: ["IDLE", "RUNNING", "PAUSED"] },
  verify: { phases: ["BACKFILL", "VERIFY", "DUAL_READ", "CUTOVER", "SOAK"], statuses: ["IDLE"] },
  quarantine: { phases: ["BACKFILL", "VERIFY", "DUAL_READ", "CUTOVER", "SOAK"], statuses: ANY },
  "switch-reads": { phases: ["VERIFY", "DUAL_READ", "CUTOVER"], statuses: ["IDLE"] },
  "switch-writes": { phases: ["DUAL_READ", "CUTOVER"], statuses: ["IDLE"] },
  // CANCELED: a reverse that was cut short is given again.
  reverse: { phases: ["FREEZE", "BACKFILL", "VERIFY", "DUAL_READ", "CUTOVER", "SOAK"], statuses: ANY },
  finalize: { phases: ["CUTOVER"], statuses: ["IDLE"] },
  // CONTRACT and RUNNING: a complete that was cut short between its decision and the last table.
  complete: { phases: ["SOAK", "CONTRACT"], statuses: ["IDLE", "RUNNING"] },
} as const satisfies Record<string, { phases: readonly Phase[]; statuses: readonly Status[] }>;

export type Verb = keyof typeof VERBS;

/** Why a verb cannot be used where a move stands, and what can; undefined when it can. */
export function whyNotNow(verb: Verb, { phase, status }: Place): string | undefined {
  const allowed: { readonly phases: readonly Phase[]; readonly statuses: readonly Status[] } = VERBS[verb];
  if (!allowed.phases.includes(phase))
    return `"${verb}" is for phase ${allowed.phases.join(", ")}; the move is in phase ${phase}. ${whatNext({ phase, status })}`;
  if (!allowed.statuses.includes(status))
    return `"${verb}" cannot be done while the move is ${status}. ${whatNext({ phase, status })}`;
  return undefined;
}

/** What usually comes next, for a person. */
export function whatNext({ phase, status }: Place): string {
  if (status === "RUNNING" && phase === "CONTRACT")
    return 'It was cut short while the legacy tables were dropped. Next: "complete" again.';
  if (status === "RUNNING")
    return 'Next: wait for the last batch ("status"). "resume" drives it from here, "pause" holds it, "cancel" ends it.';
  if (status === "PAUSED") return 'Next: "resume" goes on, "cancel" ends it.';
  if (status === "CANCELED" && phase !== "EXPAND")
    return phase === "CUTOVER" || phase === "SOAK" || phase === "DUAL_READ"
      ? 'A reverse was cut short. Next: "reverse" again.'
      : 'Next: "start" walks every row again, "reverse" leads back.';
  return NEXT[phase];
}

const NEXT: Readonly<Record<Phase, string>> = {
  EXPAND: 'Next: "plan" says what would happen ("expand" lets it look); then "freeze".',
  FREEZE: 'Next: "start" moves the rows; "reverse" lets the legacy tables take writes again.',
  BACKFILL: 'Next: "verify".',
  VERIFY:
    'Next: "verify" until it is clean ("start" moves what changed again), then "switch-reads --share 0.1".',
  DUAL_READ: 'Next: raise the share, look at "log --differences", then "switch-reads --to canonical".',
  CUTOVER: 'Next: "switch-writes --to canonical", then "finalize".',
  SOAK: 'Next: watch it for as long as you like, then "complete"; "reverse" still leads back.',
  CONTRACT: "The move is over; there is no way back.",
};
