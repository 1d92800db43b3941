import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { submitCommands, type SubmitDeps } from "../../src/commands/submitCommands.ts";
import { addEdge, addNode, updateNode } from "../support/openWriter.ts";
import { accepted, openSubmitPath, submission, type SubmitPath } from "./support/submitPath.ts";

let path: SubmitPath;
beforeAll(async () => {
  path = await openSubmitPath();
});
afterAll(() => path.close());

describe("an append whose answer is lost", () => {
  /** The write path, whose append fails once: before or after it reached the log. */
  function losing(when: "before" | "after"): { deps: SubmitDeps; alone: number } {
    let lost = false;
    const said = {
      alone: 0,
      deps: {
        ...path.writer.deps,
        append: async (request) => {
          if (lost) return path.writer.deps.append(request);
          lost = true;
          if (when === "after") await path.writer.deps.append(request);
          throw new Error("connection lost");
        },
        appendAlone: async (request) => {
          said.alone++;
          return path.writer.deps.appendAlone(request);
        },
      } satisfies SubmitDeps,
    };
    return said;
  }

  it.each(["before", "after"] as const)("%s it got there is there once, and no repeat", async (when) => {
    const scriptId = await path.givenScript();
    const unsure = losing(when);
    const result = accepted(await submitCommands(unsure.deps, submission(scriptId, [addNode("n3")])));
    expect(result).toMatchObject({ headSequence: 4, alreadyApplied: false, rebased: false });
    expect(await path.logOf(scriptId)).toHaveLength(4);
    // What failed once goes down by itself the second time.
    expect(unsure.alone).toBe(when === "before" ? 1 : 0);
  });

  it("is the only one that goes down by itself: a careful look is no failure", async () => {
    const scriptId = await path.givenScript();
    let alone = 0;
    const deps: SubmitDeps = {
      ...path.other.deps,
      appendAlone: async (request) => {
        alone++;
        return path.other.deps.appendAlone(request);
      },
    };
    accepted(await submitCommands(deps, submission(scriptId, [addNode("n3")])));
    expect(alone).toBe(0);
  });

  it("does not send the next one down by itself", async () => {
    const scriptId = await path.givenScript();
    const unsure = losing("before");
    for (const id of ["n3", "n4"])
      accepted(await submitCommands(unsure.deps, submission(scriptId, [addNode(id)])));
    expect(unsure.alone).toBe(1);
  });
});

describe("an edit that is decided on another one which is not in the log yet", () => {
  it("stands when that one gets there, without another look", async () => {
    const scriptId = await path.givenScript();
    let looks = 0;
    const deps: SubmitDeps = {
      ...path.writer.deps,
      inTenant: async (...args) => {
        looks++;
        return path.writer.deps.inTenant(...args);
      },
    };
    const both = await Promise.all(
      ["n3", "n4"].map((id) => submitCommands(deps, submission(scriptId, [addNode(id)]))),
    );
    expect(both.map((outcome) => accepted(outcome).headSequence)).toEqual([4, 5]);
    expect(looks).toBe(0);
  });

  it.each([
    ["what they wrote", [addEdge("e1", "n1", "n3")]],
    ["what was there before", [updateNode("n1", { a: 1 })]],
  ])("is decided anew on %s when somebody else was quicker", async (_, edits) => {
    const scriptId = await path.givenScript();
    accepted(await path.other.submit(scriptId, [addNode("n3")]));
    expect(accepted(await path.writer.submit(scriptId, edits))).toMatchObject({
      headSequence: 5,
      rebased: false,
    });
  });

  it("remembers what a careful look found", async () => {
    const scriptId = await path.givenScript();
    const key = { tenantId: "t1", scriptId };
    expect(await path.other.submit(scriptId, [addNode("n1")])).toMatchObject({ kind: "refused" });
    expect(path.other.streams.get(key).committed).toEqual(path.writer.streams.get(key).committed);
  });
});
