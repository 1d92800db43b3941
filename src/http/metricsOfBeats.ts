import { Gauge, type Registry } from "prom-client";
import type { LiveBeat } from "../db/liveBeats.ts";

/**
 * Figures of the whole system that workers count, as they stand in a beat: { figure: help }. Every worker says
 * the same of them, so the newest one is taken.
 */
const OF_SYSTEM = {
  materialize_lag_commands: "Commands in logs whose versions are not made yet.",
  materialize_lag_scripts: "Scripts whose log is ahead of their versions.",
  materialize_lag_seconds: "Age of the oldest materialization that is due.",
  feed_head: "Position of the newest event in the feed.",
  feed_unstamped_events: "Committed events that have no position yet, at most 10,000.",
  feed_unstamped_seconds: "Age of the oldest of them.",
  outbox_pending: "Generic commands that wait for their handler, at most 10,000.",
  outbox_processing: "Generic commands at their handler.",
  outbox_oldest_seconds: "Age of the oldest generic command that is not settled.",
  dead_materializations: "Materializations that were given up.",
  dead_commands: "Generic commands that were given up.",
} as const;

export type SystemFigure = keyof typeof OF_SYSTEM;

/** Figures of one process, added up over all that live: { figure: help }. */
const OF_PROCESS = {
  materializations_per_second: "Scripts materialized a second, over all workers.",
} as const;

export type ProcessFigure = keyof typeof OF_PROCESS;

/** Makes the gauges; returns how to set them. No beats (the database does not answer): they show nothing. */
export function setBeatGauges(registers: Registry[]): (beats: readonly LiveBeat[] | undefined) => void {
  const gauges = new Map(
    Object.entries({ ...OF_SYSTEM, ...OF_PROCESS }).map(([figure, help]) => [
      figure,
      new Gauge({ name: `scripts_${figure}`, help, registers }),
    ]),
  );
  const age = new Gauge({
    name: "scripts_heartbeat_age_seconds",
    help: "Time since the newest sign of life of a part of the service.",
    labelNames: ["part"],
    registers,
  });
  const processes = new Gauge({
    name: "scripts_processes",
    help: "Processes that do a part of the work and are alive.",
    labelNames: ["part"],
    registers,
  });
  return (beats = []) => {
    // A gauge that is not known shows nothing; reset would make it 0.
    for (const gauge of gauges.values()) gauge.remove();
    for (const gauge of [age, processes]) gauge.reset();
    for (const [part, same] of Map.groupBy(beats, (beat) => beat.part)) {
      age.set({ part }, same[0]!.ageSeconds);
      processes.set({ part }, same.length);
    }
    for (const [figure, value] of readFigures(beats)) gauges.get(figure)?.set(value);
  };
}

function readFigures(beats: readonly LiveBeat[]): Map<string, number> {
  const values = new Map<string, number>();
  // The newest first.
  for (const { figures } of beats)
    for (const [figure, value] of Object.entries(figures)) {
      const known = values.get(figure);
      if (known === undefined) values.set(figure, value);
      else if (figure in OF_PROCESS) values.set(figure, known + value);
    }
  return values;
}
