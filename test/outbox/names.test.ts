import { describe, expect, it } from "vitest";
import { retryDelayMs } from "../../src/outbox/attempts.ts";
import { completionEvent, isCommandName } from "../../src/outbox/commandName.ts";
import { createFindHandler } from "../../src/outbox/createFindHandler.ts";
import type { CommandHandler } from "../../src/outbox/handler.ts";

describe("the name of a command", () => {
  it.each(["Contacts.UpsertAndLink.v1", "Billing.Invoice.Send.v12", "A.B.v9999", "Crm2.Do3.v1"])(
    "may be %s",
    (name) => {
      expect(isCommandName(name)).toBe(true);
    },
  );

  it.each([
    "",
    "Contacts",
    "Contacts.v1",
    "Contacts.Upsert",
    "contacts.Upsert.v1",
    "Contacts.Upsert.v0",
    "Contacts.Upsert.v01",
    "Contacts..Upsert.v1",
    "Contacts.Up sert.v1",
    "Contacts.Upsert.v1\n",
    "Contacts.Up_sert.v1",
    `${"A".repeat(196)}.B.v1`,
  ])(
    // prettier-ignore
    "may not be %j",
    (name) => {
      expect(isCommandName(name)).toBe(false);
    },
  );

  it("says how the event of its completion is called", () => {
    expect(completionEvent("Contacts.UpsertAndLink.v1")).toBe("Contacts.Upserted.v1");
    expect(completionEvent("Billing.Invoice.Send.v3")).toBe("Billing.Invoice.Send.Completed.v3");
    // As the author of a run's action may have written it.
    expect(completionEvent("policies.lookup")).toBe("policies.lookup.Completed.v1");
  });
});

describe("the registry", () => {
  const named: CommandHandler = async () => ({ kind: "completed" });
  const prefixed: CommandHandler = async () => ({ kind: "completed" });
  const other: CommandHandler = async () => ({ kind: "completed" });

  it("prefers the whole name to the prefix, and that to the fallback", () => {
    const find = createFindHandler({
      byName: { "Scripts.Special.v1": named },
      byPrefix: { "Scripts.": prefixed },
      fallback: other,
    });
    expect(find("Scripts.Special.v1")).toBe(named);
    expect(find("Scripts.AddNode.v1")).toBe(prefixed);
    expect(find("constructor")).toBe(other);
    expect(createFindHandler({})("Scripts.AddNode.v1")).toBeUndefined();
  });

  it("refuses a handler that no command can reach", () => {
    expect(() => createFindHandler({ byName: { "contacts.upsert": named } })).toThrow(/is no command name/);
  });
});

it("the delay between attempts doubles up to a minute, with up to half taken off", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 20].map((attempt) => retryDelayMs(attempt, () => 0));
  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(retryDelayMs(3, () => 1)).toBe(2_000);
});
