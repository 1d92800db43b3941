import type { ScriptState } from "./state.ts";

/** The state at sequence 0: before Scripts.CreateScript, which is legal only here. */
export const EMPTY_STATE: ScriptState = {
  details: {
    name: "",
    slug: "",
    description: null,
    labels: [],
    intents: [],
    languageCodes: [],
    embeddingKey: null,
  },
  status: "DRAFT",
  nodes: {},
  edges: {},
  variables: {},
  viewport: { x: 0, y: 0, zoom: 1 },
  entryNodeId: null,
  versions: {},
  latestVersion: 0,
  activeVersion: null,
  draftChanged: false,
};
