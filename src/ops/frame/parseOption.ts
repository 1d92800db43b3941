import { InvalidArgumentError } from "commander";

// Handed to commander, which names the option in front of these messages.

export function parseCount(text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ""));
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("Give a whole number from 1.");
  return value;
}

export function parseTime(text: string): Date {
  const ago = /^(\d+)(s|m|h|d)$/.exec(text);
  if (ago) return new Date(Date.now() - Number(ago[1]) * UNIT_MS[ago[2] as keyof typeof UNIT_MS]);
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError(
      "Give a time such as 2026-11-21T10:00:00Z, or how long ago: 30m, 12h, 7d.",
    );
  return time;
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
