import { expect, test } from "vitest";
import { kindOfFailure } from "../../migrations-backfill/core/databaseErrors.ts";

/** As Prisma wraps an error of the server. */
const wrapped = (code: string): unknown => ({
  code: "P2010",
  meta: {
    driverAdapterError: { name: "DriverAdapterError", cause: { originalCode: code, kind: "postgres" } },
  },
});

test.each([
  ["a statement's time limit", wrapped("57014"), "timeout"],
  ["a transaction that took too long", { code: "P2028" }, "timeout"],
  ["a cut connection", wrapped("57P01"), "passing"],
  ["a server that is away", { code: "ECONNREFUSED" }, "passing"],
  ["a deadlock", wrapped("40P01"), "passing"],
  ["a lock that was not given", wrapped("55P03"), "passing"],
  ["a full server", wrapped("53300"), "passing"],
  ["a broken rule", wrapped("23505"), "lasting"],
  ["a refusal of the service's own", wrapped("SC001"), "lasting"],
  ["a mistake in the mapping", new TypeError("x is undefined"), "lasting"],
  ["nothing at all", undefined, "lasting"],
])("%s is sorted by its code, wherever it is wrapped", (_, error, kind) => {
  expect(kindOfFailure(error)).toBe(kind);
});
