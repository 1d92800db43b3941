// Runs before start, test, check, demo and bench, on Node 20 and before anything is installed: plain JavaScript,
// built-in modules only. When nothing is to do it costs one read of the lock file.

import { checkNode, checkPostgres } from "./install/checkBinaries.mjs";
import { generateClient } from "./install/generateClient.mjs";
import { withInstallLock } from "./install/installLock.mjs";
import { installPackages } from "./install/installPackages.mjs";
import { clientIsCurrent, packagesAreComplete, packagesAreCurrent, writeStamp } from "./install/stamp.mjs";

/** Installs the packages of package-lock.json and generates the database client, where either is out of date. */
async function install() {
  if (packagesAreCurrent() && clientIsCurrent()) return;
  await withInstallLock(async () => {
    // Asked again: whoever held the lock before us may have done it all.
    if (!packagesAreCurrent()) {
      if (!packagesAreComplete()) await installPackages();
      await checkNode();
      await checkPostgres();
      writeStamp("packages");
    }
    if (!clientIsCurrent()) {
      await generateClient();
      writeStamp("client");
    }
  });
}

try {
  await install();
} catch (error) {
  // InstallError carries a text for people; anything else is a defect and keeps its stack.
  console.error(
    `\n${error instanceof Error && error.name === "InstallError" ? error.message : error?.stack}\n`,
  );
  process.exitCode = 1;
}
