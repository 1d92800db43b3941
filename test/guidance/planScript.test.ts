import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/kernel/canonicalJson.ts";
import { findUnsafeJson } from "../../src/kernel/findUnsafeJson.ts";
import { EMPTY_STATE } from "../../src/scripts/emptyState.ts";
import { replay } from "../../src/scripts/replay.ts";
import { scriptAnswerFromRows, versionFromRows } from "../../src/guidance/legacyFromRows.ts";
import { toLegacyScriptAnswer } from "../../src/guidance/toLegacyScript.ts";
import { toLegacyVersion } from "../../src/guidance/toLegacyVersion.ts";
import { TRAPS } from "../../migrations-backfill/guidance/traps.ts";
import { AS_OF, makeData, plan, planned, planRunOf, trapped } from "./support/legacyData.ts";
import { playPlan } from "./support/playPlan.ts";

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const clean = { scripts: 3, trapsEach: 0 };

describe("any generated data", { timeout: 120_000 }, () => {
  test("every trap is seen as what it is, and nothing else is said of any row", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { scripts, strays, manifest } = makeData({ seed, scripts: 3, hugeNodes: 200 });
        const plans = new Map(scripts.map((script) => [script.row.id, plan(script)]));
        const runs = scripts.flatMap((script) => script.runs);
        const runPlans = runs.map((run) => planRunOf(run, plans.get(run.row.scriptId)));
        const said = [...plans.values(), ...runPlans].flatMap(({ quarantined, findings }) => [
          ...quarantined.map((row) => `quarantine ${row.legacyTable} ${row.legacyId} ${row.code}`),
          ...findings.map((row) => `finding ${row.legacyTable} ${row.legacyId} ${row.code}`),
        ]);
        const astray = new Set(strays.map(({ row }) => row.id));
        const expected = manifest.flatMap((row) =>
          row.expect === "moves" || astray.has(row.id)
            ? []
            : [`${row.expect} ${row.table} ${row.id} ${row.code}`],
        );
        expect(said.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 2, seed: 5 },
    );
  });

  test("the commands replay to the mapped versions, and these to the legacy answers", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const script of makeData({ seed, scripts: 3, hugeNodes: 60 }).scripts) {
          const made = plan(script);
          if (made.kind === "blocked") continue;
          const { state, log, documents } = playPlan(made);
          expect(canonicalJson(replay(EMPTY_STATE, log))).toBe(canonicalJson(state));
          expect([...documents]).toEqual(made.versions.map(({ version, document }) => [version, document]));
          expect(state.activeVersion).toBe(made.activeVersion);
          for (const { row, ...parts } of script.versions) {
            const version = made.versions[row.version - 1]!;
            // As the database would give it back.
            const facts = structuredClone(version.facts!);
            expect(findUnsafeJson(facts, 50)).toBeUndefined();
            const canonical = {
              scriptId: made.scriptId,
              version: row.version,
              document: version.document,
              changelog: version.changelog,
              isPublished: made.activeVersion === row.version,
              createdAt: version.createdAt.toISOString(),
              publishedAt: null,
            };
            const { status, ...answer } = toLegacyVersion(canonical, facts);
            const { status: before, ...wanted } = versionFromRows({ row, ...parts });
            expect(answer).toEqual(wanted);
            expect(status).toBe(before === "ACTIVE" && !canonical.isPublished ? "ARCHIVED" : before);
          }
        }
      }),
      { numRuns: 2, seed: 6 },
    );
  });

  test("times never go back within a script and never lie ahead of the move", () => {
    for (const script of makeData({ hugeNodes: 60 }).scripts) {
      const made = plan(script);
      if (made.kind === "blocked") continue;
      const times = made.steps.map(({ at }) => at.getTime());
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(times.every((time) => time >= 0 && time <= AS_OF.getTime())).toBe(true);
    }
  });

  test("the same rows in any order give the same plan, with the same ids", () => {
    for (const script of makeData({ hugeNodes: 60 }).scripts) {
      const turned = {
        ...script,
        versions: script.versions
          .map((version) => ({
            ...version,
            nodes: version.nodes.toReversed(),
            edges: version.edges.toReversed(),
            variables: version.variables.toReversed(),
          }))
          .toReversed(),
      };
      expect(plan(turned)).toEqual(plan(script));
    }
  });
});

test("a script becomes its creation, its versions in order, and the publish at its own time", () => {
  const [script] = makeData({ ...clean, scripts: 1, versions: 3, seed: 4 }).scripts;
  const { steps, details } = planned(script!);
  expect(details).toEqual({
    name: script!.row.title,
    slug: script!.row.key,
    description: script!.row.description,
    labels: script!.row.tags,
  });
  const shown = steps.map(({ at, commands }) => [at.getTime(), ...commands.map(({ command }) => command)]);
  expect(shown).toEqual([
    [Number(script!.row.createdAt), "Scripts.CreateScript.v1"],
    ...script!.versions.flatMap(({ row }) => [
      [Number(row.createdAt), "Scripts.ReplaceGraph.v1", "Scripts.CommitVersion.v1"],
      ...(row.status === "ACTIVE" ? [[Number(row.publishedAt), "Scripts.PublishVersion.v1"]] : []),
    ]),
  ]);
});

test("a publish that came after a later version stands behind it, and holds nobody up", () => {
  const [script] = makeData({ ...clean, scripts: 1, versions: 3, seed: 4 }).scripts;
  const active = script!.versions.find(({ row }) => row.status === "ACTIVE")!;
  active.row.publishedAt = String(Number(script!.versions.at(-1)!.row.createdAt) + 1_000);
  const { steps, findings } = planned(script!);
  expect(steps.at(-1)!.commands[0]!.command).toBe("Scripts.PublishVersion.v1");
  expect(steps.at(-1)!.at.getTime()).toBe(Number(active.row.publishedAt));
  expect(findings).toEqual([]);
});

test("a version that is like the one before it is sealed without an edit", () => {
  const [script] = makeData({ ...clean, scripts: 1, versions: 1 }).scripts;
  const [version] = script!.versions;
  script!.versions.push({ ...version!, row: { ...version!.row, id: "other", version: 2 } });
  script!.row.latestVersion = 2;
  const commands = planned(script!).steps.flatMap((step) => step.commands.map(({ command }) => command));
  expect(commands.filter((command) => command === "Scripts.ReplaceGraph.v1")).toHaveLength(1);
  expect(commands.filter((command) => command === "Scripts.CommitVersion.v1")).toHaveLength(2);
});

test("missing version numbers are taken by versions that say so, and the others keep theirs", () => {
  const { versions } = planned(trapped("version_gap").scripts[0]!);
  expect(versions.map(({ version, facts }) => [version, facts === null])).toEqual([
    [1, false],
    [2, false],
    [3, true],
    [4, true],
    [5, true],
    [6, false],
  ]);
  expect(versions[3]!.changelog).toContain("Version 4 did not exist in guidance");
  expect(versions[3]!.document).toEqual(versions[1]!.document);
});

test("keys that would be one slug get slugs of their own, whichever is moved first", () => {
  const [made, plain] = trapped("key_near_duplicate").scripts;
  const slugs = [planned(made!).details.slug, planned(plain!).details.slug];
  expect(slugs[1]).toBe(plain!.row.key);
  expect(slugs[0]).toMatch(new RegExp(`^${plain!.row.key}-[0-9a-f]{8}$`));
  expect(planned(made!).idMap[1]).toMatchObject({ kind: "slug", legacyId: made!.row.id, newId: slugs[0] });
  // Its own slug may be that of a script that never was in guidance.
  expect(planned(plain!, { isSlugTaken: true }).details.slug).toMatch(/-[0-9a-f]{8}$/);
});

test("scripts without a tenant move when one is named for them", () => {
  const slugs = trapped("key_duplicate").scripts.map((script) => planned(script, { tenantForNull: "t9" }));
  expect(slugs.map(({ tenantId }) => tenantId)).toEqual(["t9", "t9"]);
  expect(new Set(slugs.map(({ details }) => details.slug)).size).toBe(2);
});

test("a condition that names a renamed node or variable follows it", () => {
  const { scripts } = trapped("variable_key_dashed");
  const [version] = scripts[0]!.versions;
  version!.nodes[1]!.key = "__proto__x\n";
  version!.nodes[1]!.prompt = "Dear {{customer-name.first.short}}";
  version!.edges[3]!.condition = JSON.stringify({
    and: [{ var: "customer-name.first.short" }, { var: "answers.__proto__x\n.value" }],
  });
  const { document } = planned(scripts[0]!).versions[0]!;
  const node = document.graphJson.nodes[1]!;
  const key = document.variablesDef.find((variable) => variable.key.startsWith("v_"))!.key;
  expect(node.data["prompt"]).toBe(`Dear {{${key}.short}}`);
  expect(document.graphJson.edges.map(({ data }) => data["condition"])).toContainEqual({
    and: [{ var: `${key}.short` }, { var: `answers.${node.id}.value` }],
  });
});

test("nodes keep the places of the legacy editor; others stand row by row, and keep theirs in later versions", () => {
  const [script] = makeData({ ...clean, scripts: 1, versions: 3, seed: 4 }).scripts;
  for (const { nodes } of script!.versions) nodes[0]!.uiSchema = '{"position":{"x":-7.5,"y":40}}';
  const { versions } = planned(script!);
  const [before, after] = versions.map(
    ({ document }) => new Map(document.graphJson.nodes.map(({ id, position }) => [id, position])),
  );
  expect(before!.get("n0")).toEqual({ x: -7.5, y: 40 });
  for (const [id, position] of before!) expect(after!.get(id)).toEqual(position);
  expect(new Set([...before!.values()].map(({ x, y }) => `${x} ${y}`)).size).toBe(before!.size);
});

test("a whole answer of the legacy service comes back from canonical data, until somebody edits the script", () => {
  const [script] = makeData({ ...clean, scripts: 1, versions: 3, seed: 4 }).scripts;
  const made = planned(script!);
  const active = made.versions[made.activeVersion! - 1]!;
  const canonical = {
    id: made.scriptId,
    tenantId: made.tenantId,
    ...made.details,
    latestVersion: made.versions.length,
    createdAt: made.steps[0]!.at.toISOString(),
    updatedAt: made.steps.at(-1)!.at.toISOString(),
  };
  const published = {
    scriptId: made.scriptId,
    version: active.version,
    document: active.document,
    changelog: active.changelog,
    isPublished: true,
    createdAt: active.createdAt.toISOString(),
    publishedAt: null,
  };
  const answer = toLegacyScriptAnswer(canonical, made.facts, published, active.facts!);
  expect(answer).toEqual(scriptAnswerFromRows(script!));
  const edited = { ...canonical, name: "New name", latestVersion: 4, updatedAt: AS_OF.toISOString() };
  expect(toLegacyScriptAnswer(edited, made.facts, published, active.facts!)).toEqual({
    ...answer,
    title: "New name",
    latestVersion: 4,
    updatedAt: AS_OF.toISOString(),
  });
});

test("the traps are all of the list", () => {
  expect(Object.keys(TRAPS).length).toBeGreaterThanOrEqual(80);
});
