import type { Json } from "../../../src/kernel/canonicalJson.ts";

const node = (id: string, type: string, data: { readonly [key: string]: Json } = {}) => ({
  id,
  type,
  position: { x: 0, y: 0 },
  data,
});

const edge = (source: string, target: string, data: { readonly [key: string]: Json } = {}) => ({
  id: `${source}-${target}`,
  source,
  target,
  data,
});

/**
 * A small call: two questions, then by the damage either a lookup that is waited for, or a note that is not.
 *
 * ```
 * n_start - n_type? - n_damage? - n_route -(damage > 1000)- n_lookup! - n_end
 *                                        '------------------ n_note! --'
 * ```
 */
export const callGraph = {
  nodes: [
    node("n_start", "start"),
    node("n_type", "question", {
      title: "Type",
      prompt: "What happened, {{name}}?",
      variable: "incident",
      options: [
        { id: "collision", label: "A collision" },
        { id: "theft", label: "A theft" },
      ],
    }),
    node("n_damage", "question", { prompt: "How much is the damage?", variable: "damage" }),
    node("n_route", "condition"),
    node("n_lookup", "action", {
      prompt: "One moment.",
      command: "policies.lookup",
      payload: { incident: "{{incident}}" },
      output: { policy: "number" },
      timeoutMs: 60_000,
    }),
    node("n_note", "action", { command: "notes.write", payload: { text: "Small: {{damage}}" } }),
    node("n_end", "end", { prompt: "Goodbye.", outcome: "registered" }),
  ],
  edges: [
    edge("n_start", "n_type"),
    { ...edge("n_type", "n_damage"), id: "e_collision", sourceHandle: "collision" },
    { ...edge("n_type", "n_damage"), id: "e_theft", sourceHandle: "theft" },
    edge("n_damage", "n_route"),
    edge("n_route", "n_note", { priority: 2 }),
    edge("n_route", "n_lookup", { priority: 1, condition: { ">": [{ var: "damage" }, 1_000] } }),
    edge("n_lookup", "n_end"),
    edge("n_note", "n_end"),
  ],
  entryNodeId: "n_start",
};

export const callVariables = [
  { key: "name", type: "string", required: true, defaultVal: "caller" },
  { key: "incident", type: "enum", enumValues: ["collision", "theft"] },
  { key: "damage", type: "number" },
  { key: "insured", type: "boolean" },
  { key: "details", type: "json" },
  { key: "policy", type: "string" },
];
