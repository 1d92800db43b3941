// A stamper in a process of its own: node test/events/support/stamperProcess.ts <worker URL>. Says "started", and
// a line for each complaint; stamps until it is killed.
import { pino } from "pino";
import { openDatabase } from "../../../src/db/openDatabase.ts";
import { startStamper } from "../../../src/events/startStamper.ts";

const databaseUrl = process.argv[2]!;
const { prisma } = await openDatabase({
  url: databaseUrl,
  role: "script_worker",
  poolSize: 2,
  applicationName: "test-stamper-process",
});
startStamper({
  prisma,
  databaseUrl,
  now: () => new Date(),
  log: pino({ level: "warn" }, pino.destination(1)),
});
process.stdout.write("started\n");
