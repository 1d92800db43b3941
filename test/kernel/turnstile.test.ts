import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Turnstile } from "../../src/kernel/turnstile.ts";

describe("a turnstile", () => {
  it("lets many through together", async () => {
    const turnstile = new Turnstile();
    const leave = await Promise.all([turnstile.together(), turnstile.together()]);
    expect(turnstile.idle).toBe(false);
    for (const go of leave) go();
    expect(turnstile.idle).toBe(true);
  });

  it("lets nobody in behind somebody who waits to be alone", async () => {
    const turnstile = new Turnstile();
    const order: string[] = [];
    const leaveFirst = await turnstile.together();
    const alone = turnstile.alone().then((leave) => {
      order.push("alone");
      leave();
    });
    const late = turnstile.together().then((leave) => {
      order.push("late");
      leave();
    });
    order.push("first leaves");
    leaveFirst();
    await Promise.all([alone, late]);
    expect(order).toEqual(["first leaves", "alone", "late"]);
  });

  it("never has company for somebody alone, in any order of arrival", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        async (s, kinds) => {
          const turnstile = new Turnstile();
          const inside: boolean[] = [];
          const visits = kinds.map(async (isAlone) => {
            await s.schedule(Promise.resolve());
            const leave = await (isAlone ? turnstile.alone() : turnstile.together());
            inside.push(isAlone);
            expect(inside.length === 1 || !inside.includes(true)).toBe(true);
            await s.schedule(Promise.resolve());
            inside.splice(inside.indexOf(isAlone), 1);
            leave();
          });
          await s.waitFor(Promise.all(visits));
          expect(turnstile.idle).toBe(true);
        },
      ),
    );
  });
});
