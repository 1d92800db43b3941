// Prints "N passed, N failed" from a vitest JSON report. A file that failed without a failed test, because it
// could not be loaded or its set-up threw, counts as one failed test.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed"),
);
if (report.numPendingTests > 0) console.log(`${report.numPendingTests} tests were skipped.`);
for (const { name, message } of brokenFiles) console.log(`${name} could not run: ${message}`);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles.length} failed`);
