import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { simulate } from "../../src/runs/simulate.ts";
import type { Simulation, SimulationInput } from "../../src/runs/simulate.ts";
import type { ScriptDocument } from "../../src/scripts/storedCommand.ts";
import { deepFreeze } from "../scripts/support/deepFreeze.ts";
import { refusals } from "./support/given.ts";

const script = deepFreeze(
  JSON.parse(
    readFileSync(new URL("../../prisma/seed/call-script.json", import.meta.url), "utf8"),
  ) as ScriptDocument,
);

const found = { nodeId: "n_policy_lookup", success: true, result: { active: true } };
const registered = { nodeId: "n_register", success: true, result: { claimNumber: "C-7" } };

function call(
  answers: { [nodeId: string]: Json } | readonly (readonly [string, Json])[],
  actionResults: SimulationInput["actionResults"] = [found, registered],
): Simulation {
  const list = Array.isArray(answers)
    ? (answers as readonly (readonly [string, Json])[])
    : Object.entries(answers);
  const given = list.map(([nodeId, value]) => ({ nodeId, value }));
  const outcome = simulate(script, { variables: { agent_name: "Rosa" }, answers: given, actionResults });
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.problems));
  return outcome;
}

const opening = {
  n_safety: "safe",
  n_caller_role: "policyholder",
  n_caller_name: "Ada Byron",
  n_policy_number: "MM12345678",
};

describe("the call script", () => {
  test("leads a small, documented collision over the fast track to a registered claim", () => {
    const { state, path, actions, prompts, stoppedAt, answersUsed } = call({
      ...opening,
      n_incident_type: "collision",
      n_incident_date: "2026-11-20",
      n_police: "",
      n_drivable: "yes",
      n_damage_areas: ["front"],
      n_estimate: 900,
      n_photos: true,
      n_contact: "email",
      n_more: "no",
    });
    expect(stoppedAt).toBe("end");
    expect(answersUsed).toBe(13);
    expect(path).toEqual([
      "n_start",
      "n_greeting",
      "n_safety",
      "n_caller_role",
      "n_caller_name",
      "n_policy_number",
      "n_policy_lookup",
      "n_policy_check",
      "n_incident_type",
      "n_incident_date",
      "n_route",
      "n_police",
      "n_drivable",
      "n_damage_areas",
      "n_estimate",
      "n_photos",
      "n_photo_link",
      "n_triage",
      "n_fast_track",
      "n_fast_track_info",
      "n_contact",
      "n_register",
      "n_summary",
      "n_more",
      "n_goodbye",
      "n_end_claim",
    ]);
    expect(state).toMatchObject({
      status: "SUCCEEDED",
      outcome: "registered",
      variables: {
        agent_name: "Rosa",
        caller_name: "Ada Byron",
        policy_active: true,
        drivable: true,
        damage_areas: ["front"],
        estimated_damage: 900,
        photos_available: true,
        preferred_contact: "email",
        claim_number: "C-7",
        injured_count: 0,
      },
    });
    expect(actions.map(({ command, waitForCompletion }) => [command, waitForCompletion])).toEqual([
      ["policies.lookup", true],
      ["documents.requestUpload", false],
      ["claims.fastTrack", false],
      ["claims.register", true],
    ]);
    expect(actions[3]).toMatchObject({
      payload: {
        policyNumber: "MM12345678",
        type: "collision",
        date: "2026-11-20",
        damage: 900,
        contact: "email",
      },
      timeoutMs: 6_000,
    });
    const said = prompts.map(({ prompt }) => prompt);
    expect(said[0]).toContain("My name is Rosa.");
    expect(said).toContain(
      "Your claim is registered under number C-7: collision on 2026-11-20. We contact you by email.",
    );
  });

  test("ends at once where there is danger", () => {
    const { state, path } = call({ n_safety: "danger" });
    expect(path).toEqual(["n_start", "n_greeting", "n_safety", "n_emergency", "n_end_emergency"]);
    expect(state).toMatchObject({
      status: "SUCCEEDED",
      outcome: "emergency",
      variables: { agent_name: "Rosa" },
    });
  });

  test("asks for the policy number again when none is active, then transfers the caller", () => {
    const { state, path, actions } = call(
      [
        ...Object.entries(opening),
        ["n_policy_inactive", "again"],
        ["n_policy_number", "MM87654321"],
        ["n_policy_inactive", "adviser"],
      ],
      [{ ...found, result: { active: false } }],
    );
    expect(path.filter((nodeId) => nodeId === "n_policy_lookup")).toHaveLength(2);
    expect(state).toMatchObject({
      outcome: "transferred",
      answers: { n_policy_inactive: { value: "adviser" } },
    });
    expect(actions.map(({ dispatch, payload }) => [dispatch, payload])).toEqual([
      [1, { policyNumber: "MM12345678" }],
      [2, { policyNumber: "MM87654321" }],
      [3, { queue: "policy-advisers", note: "No active policy under MM87654321" }],
    ]);
  });

  test("sends a senior adjuster where someone was hurt, even for glass, and says why", () => {
    const { path, log } = call({
      n_safety: "injured",
      n_injured_count: 2,
      n_caller_role: "broker",
      n_caller_name: "Ada Byron",
      n_policy_number: "MM12345678",
      n_incident_type: "glass",
      n_incident_date: "2026-11-20",
      n_damage_areas: ["glass"],
      n_estimate: 300,
      n_photos: "no",
    });
    expect(path.slice(-3)).toEqual(["n_adjuster", "n_adjuster_info", "n_contact"]);
    const left = (nodeId: string): unknown =>
      log.find((entry) => entry.kind === "step" && entry.nodeId === nodeId && entry.event === "moved");
    expect(left("n_route")).toMatchObject({
      edgeId: "e_route__damage_areas",
      tried: [
        { what: "branch", id: "collision", verdict: "fails", values: { incident_type: "glass" } },
        { what: "branch", id: "theft", verdict: "fails" },
        {
          what: "branch",
          id: "glass",
          verdict: "fails",
          values: { incident_type: "glass", injured_count: 2 },
        },
        { what: "edge", id: "e_route__damage_areas", verdict: "holds" },
      ],
    });
    expect(left("n_triage")).toMatchObject({
      edgeId: "e_triage__adjuster",
      tried: [
        {
          id: "e_triage__adjuster",
          values: { injured_count: 2, estimated_damage: 300, damage_areas: ["glass"] },
          verdict: "holds",
        },
      ],
    });
  });

  test("books a call back for a theft that was not reported", () => {
    const { state, actions } = call({
      ...opening,
      n_incident_type: "theft",
      n_incident_date: "2026-11-20",
      n_theft_police: "not_reported",
      n_callback_time: "2026-11-24T09:30:00+01:00",
    });
    expect(state.outcome).toBe("callback");
    expect(actions.at(-1)).toMatchObject({
      command: "callbacks.book",
      payload: { at: "2026-11-24T09:30:00+01:00", name: "Ada Byron" },
    });
  });

  test("waits at the first question that is not answered, and tells how far the answers led", () => {
    const { state, stoppedAt, answersUsed } = call({ n_safety: "safe", n_caller_role: "other_driver" });
    expect([stoppedAt, answersUsed, state.waitingFor]).toEqual([
      "answer",
      2,
      { kind: "answer", nodeId: "n_third_party_contact" },
    ]);
  });

  test("stops when an action fails", () => {
    const { state, stoppedAt } = call(opening, [{ ...found, success: false }]);
    expect([stoppedAt, state.failure?.code]).toEqual(["failed", "action_failed"]);
  });

  test("refuses an answer out of turn, an unknown option and a malformed date, and says which", () => {
    const refused = (...answers: [string, Json][]): string[] =>
      refusals(
        simulate(script, { variables: {}, answers: answers.map(([nodeId, value]) => ({ nodeId, value })) }),
      );
    expect(refused(["n_caller_name", "Ada"])).toEqual(["node_not_current /answers/0/nodeId"]);
    expect(refused(["n_safety", "safe"], ["n_caller_role", "friend"])).toEqual([
      "option_not_found /answers/1/value",
    ]);
    const actionResults = [found];
    const answers = [
      ...Object.entries(opening),
      ["n_incident_type", "glass"],
      ["n_incident_date", "yesterday"],
    ].map(([nodeId, value]) => ({ nodeId: nodeId!, value: value! }));
    expect(refusals(simulate(script, { variables: {}, answers, actionResults }))).toEqual([
      "variable_type_mismatch /answers/5/value",
    ]);
    const many = Array.from({ length: 1_001 }, () => ({ nodeId: "n_safety", value: "safe" }));
    expect(refusals(simulate(script, { variables: {}, answers: many }))).toEqual([
      "too_many_answers /answers",
    ]);
  });
});
