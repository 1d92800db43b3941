import { toLine, type MutantResult } from "./compareSurvivors.ts";

/** The little of a Babel path that is needed here. */
interface CodePath {
  readonly listKey?: string | null;
  readonly parent: {
    readonly type: string;
    readonly callee?: { readonly type: string; readonly property?: { readonly name?: string } };
  };
}

/**
 * Leaves out what a schema says of itself to the readers of the API, `.meta({ description: … })`: it is written down
 * once more in openapi/*.json, and test/http/openapi.test.ts holds the two together.
 */
const descriptions = {
  shouldIgnore({ listKey, parent }: CodePath): string | undefined {
    const isMeta = parent.type === "CallExpression" && parent.callee?.property?.name === "meta";
    return isMeta && listKey === "arguments" ? "It is held by openapi/*.json." : undefined;
  },
};

/** Says at once which mutant survived: a run may take an hour, and may be stopped. */
class SurvivorReporter {
  onMutantTested(result: MutantResult): void {
    if (result.status === "Survived") console.log(`Survived: ${toLine(result)}`);
  }
}

export const strykerPlugins = [
  { kind: "Ignore", name: "descriptions", value: descriptions },
  { kind: "Reporter", name: "survivors", injectableClass: SurvivorReporter },
];
