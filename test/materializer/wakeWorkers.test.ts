import { Client } from "pg";
import { it } from "vitest";
import { openDatabase } from "../../src/db/openDatabase.ts";
import { WAKE_CHANNEL } from "../../src/materializer/notifyWorkers.sql.ts";
import { createWakeWorkers } from "../../src/materializer/wakeWorkers.ts";
import { expectSoon } from "../support/expectSoon.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

it("a process without a worker wakes the others, with few notifications for many calls", async () => {
  const database = await createTestDatabase();
  const api = await openDatabase({
    url: database.apiUrl,
    role: "script_api",
    poolSize: 2,
    applicationName: "test-wake",
  });
  const listener = new Client({ connectionString: database.workerUrl });
  await listener.connect();
  let heard = 0;
  listener.on("notification", () => heard++);
  await listener.query(`listen ${WAKE_CHANNEL}`);

  const wake = createWakeWorkers({ prisma: api.prisma, log: { warn: () => undefined } });
  for (let call = 0; call < 100; call++) wake();
  // One at once, and one for those who called while it was under way.
  await expectSoon(() => heard).toBe(2);
  wake();
  await expectSoon(() => heard).toBe(3);

  await listener.end();
  await api.close();
  await database.drop();
});
