import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(
  readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8"),
) as {
  packages: Readonly<Record<string, LockedPackage>>;
};

test("the lock file names no registry, so that everybody installs from their own", () => {
  const named = Object.entries(packages).filter(([, entry]) => entry.resolved !== undefined);
  expect(named.map(([path]) => path)).toEqual([]);
});

test("the lock file holds a hash of every package", () => {
  const without = Object.entries(packages).filter(
    ([path, entry]) => path !== "" && entry.integrity === undefined,
  );
  expect(without.map(([path]) => path)).toEqual([]);
});

// npm install leaves an optional package out when the registry lacks it, and npm ci then refuses the whole lock
// file: "Missing: @oxlint/binding-darwin-arm64@ from lock file".
test("the lock file holds the packages of every platform, so that npm ci accepts it", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
  );
  expect(missing).toEqual([]);
});

/** Whether Node would find the package from that folder: in its own node_modules or in one further up. */
function isLocked(path: string, name: string): boolean {
  const folders = path
    .split("/node_modules/")
    .map((_, index, parts) => parts.slice(0, parts.length - index).join("/node_modules/"));
  return [...folders.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`].some(
    (at) => at in packages,
  );
}
