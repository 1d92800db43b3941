import { execFileSync } from "node:child_process";

/**
 * The seed of all property tests of a run: `TEST_SEED` when it is set (`random` draws one), else a number made of the
 * committed files. So each commit tries other examples, and the same files always try the same ones: what is green stays
 * green, and a failure in CI is the failure at home.
 */
export function chooseSeed(): number {
  const wanted = process.env["TEST_SEED"];
  if (wanted === "random") return randomSeed();
  if (wanted !== undefined) {
    if (!/^-?\d{1,9}$/.test(wanted))
      throw new Error(`TEST_SEED is ${wanted}: give a whole number, or "random".`);
    return Number(wanted);
  }
  return seedOfFiles() ?? randomSeed();
}

const randomSeed = (): number => Math.floor(Math.random() * 1e9);

// A copy without its history has no commit.
function seedOfFiles(): number | undefined {
  try {
    const tree = execFileSync("git", ["rev-parse", "HEAD^{tree}"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return Number.parseInt(tree.slice(0, 7), 16);
  } catch {
    return undefined;
  }
}
