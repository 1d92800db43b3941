import { describe, expect, it } from "vitest";
import { fits } from "../../src/events/eventFilter.ts";
import { formatHint, parseHint } from "../../src/events/feedHint.ts";
import { FeedWindow, type ReadyEvent } from "../../src/events/feedWindow.ts";

function ready(position: number, more: Partial<ReadyEvent> = {}): ReadyEvent {
  return { event: "Test.Happened.v1", correlationId: "c1", position, json: "0123456789", ...more };
}

const positions = (read: { readonly events: readonly ReadyEvent[] } | undefined) =>
  read?.events.map(({ position }) => position);

describe("the window of a tenant's newest events", () => {
  it("knows nothing of what came before it", () => {
    const window = new FeedWindow(5);
    window.extend([ready(7), ready(9)], 10, 1_000);
    expect(window.read(4, {}, 10)).toBeUndefined();
    expect([window.read(5, {}, 10), window.read(7, {}, 10), window.read(9, {}, 10)].map(positions)).toEqual([
      [7, 9],
      [9],
      [],
    ]);
  });

  it("says up to where it was read, also when nothing fits", () => {
    const window = new FeedWindow(0);
    window.extend([ready(1), ready(2, { scriptId: "s1" }), ready(3)], 8, 1_000);
    expect(window.read(0, { scriptId: "s2" }, 10)).toEqual({ events: [], next: 8 });
    expect(window.read(0, {}, 2)?.next).toBe(2);
    // A reader may be ahead: it began at a head that the window has not come to yet.
    expect(window.read(12, {}, 10)).toEqual({ events: [], next: 12 });
  });

  it("lets the oldest go, and with it the claim to know them", () => {
    const window = new FeedWindow(0);
    window.extend([ready(1), ready(2), ready(3)], 3, 25);
    expect([window.read(0, {}, 10), positions(window.read(1, {}, 10))]).toEqual([undefined, [2, 3]]);
    window.extend([ready(4, { json: "x".repeat(100) })], 4, 25);
    expect([window.read(3, {}, 10), window.read(4, {}, 10)]).toEqual([undefined, { events: [], next: 4 }]);
  });
});

describe("a filter", () => {
  const event = { event: "Runs.Started.v1", correlationId: "c1", scriptId: "s1", runId: "r1" };

  it("lets through what fits all that it says", () => {
    expect(fits({}, event)).toBe(true);
    expect(
      fits({ correlationId: "c1", scriptId: "s1", runId: "r1", types: ["Runs.Started.v1"] }, event),
    ).toBe(true);
    for (const filter of [
      { correlationId: "c2" },
      { scriptId: "s2" },
      { runId: "r2" },
      { types: ["Runs.Started"] },
    ])
      expect(fits(filter, event)).toBe(false);
  });

  it("takes a beginning for a type", () => {
    expect(fits({ types: ["Scripts.*", "Runs.*"] }, event)).toBe(true);
    expect(fits({ types: ["Run.*"] }, event)).toBe(false);
  });
});

describe("what a stamper says", () => {
  it("is understood", () => {
    const hint = { after: 4, to: 6, tenants: ["t1", "t2"] };
    expect(parseHint(formatHint(hint))).toEqual(hint);
  });

  it("leaves the tenants out when they are too many to name", () => {
    const tenants = Array.from({ length: 500 }, (_, index) => `tenant-with-a-long-name-${index}`);
    const text = formatHint({ after: 4, to: 504, tenants });
    expect([text.length < 7_999, parseHint(text)]).toEqual([true, { after: 4, to: 504, tenants: undefined }]);
  });

  it("is no hint when it is something else", () => {
    expect(["", "{}", '{"after":1,"to":-1}', "x"].map(parseHint)).toEqual(Array(4).fill(undefined));
  });
});
