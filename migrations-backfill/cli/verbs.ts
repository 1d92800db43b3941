import type { Verb } from "../../src/ops/frame/verb.ts";
import { demoData } from "./demoData.ts";
import { list, log, status } from "./looking.ts";
import { cancel, expand, freeze, pause, plan, resume, retry, start } from "./moving.ts";
import { complete, finalize, reverse, switchReads, switchWrites } from "./switching.ts";
import { quarantine, verifyMove } from "./verifying.ts";

/** Everything that an operator can ask of a move. */
export const BACKFILL_VERBS: readonly Verb[] = [
  list,
  status,
  expand,
  plan,
  freeze,
  start,
  pause,
  resume,
  cancel,
  retry,
  verifyMove,
  quarantine,
  switchReads,
  switchWrites,
  reverse,
  finalize,
  complete,
  log,
  demoData,
];
