import type { Verb } from "./frame/verb.ts";
import { blame } from "./history/blame.ts";
import { diff } from "./history/diff.ts";
import { log } from "./history/log.ts";
import { replay } from "./history/replay.ts";
import { rebuild } from "./rebuild/rebuild.ts";
import { config } from "./state/config.ts";
import { doctor } from "./state/doctor.ts";
import { jitter } from "./state/jitter.ts";
import { lag } from "./state/lag.ts";
import { queues } from "./state/queues.ts";
import { redrive } from "./state/redrive.ts";
import { stuck } from "./state/stuck.ts";
import { tokens } from "./state/tokens.ts";
import { exportVerb } from "./transfer/export.ts";
import { importVerb } from "./transfer/import.ts";
import { verify } from "./verify/verify.ts";

/** Everything that an operator can ask for, in the order of the help. */
export const VERBS: readonly Verb[] = [
  verify,
  replay,
  diff,
  blame,
  log,
  lag,
  queues,
  stuck,
  redrive,
  rebuild,
  exportVerb,
  importVerb,
  ...tokens,
  jitter,
  config,
  doctor,
];
