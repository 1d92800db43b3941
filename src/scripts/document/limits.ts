/**
 * How large a document may become. A limit stands where something else breaks first: the editor (React Flow
 * is sluggish past some thousand nodes), the 5 MB request body, or the time one edit may take.
 */
export const LIMITS = {
  /** Nodes of one graph. */
  nodes: 5_000,
  /** Edges of one graph. */
  edges: 10_000,
  /** Variables of one script. */
  variables: 500,
  /** UTF-16 code units of a node or edge id, and of a handle id. */
  idLength: 200,
  /** UTF-16 code units of a node type's name. */
  typeLength: 100,
  /** UTF-16 code units of an edge's label, and of a variable's label or enum value. */
  labelLength: 500,
  /** UTF-16 code units of a variable's description. */
  descriptionLength: 5_000,
  /** Values of one enum variable. */
  enumValues: 200,
  /** Nested objects and arrays in a node's or edge's data; data itself is level 1. */
  dataDepth: 20,
  /** Bytes of a node's data, as JSON in UTF-8: 256 KiB. */
  nodeDataBytes: 262_144,
  /** Bytes of an edge's data, as JSON in UTF-8: 64 KiB. */
  edgeDataBytes: 65_536,
  /** Bytes of a variable's default value, as JSON in UTF-8: 64 KiB. */
  defaultBytes: 65_536,
  /** Bytes of all nodes, edges and variables together, as JSON in UTF-8: 16 MiB. */
  documentBytes: 16_777_216,
  /** Values and operators of one JSON-logic condition. */
  conditionNodes: 500,
  /** Nested operators and lists of one JSON-logic condition. */
  conditionDepth: 20,
  /** Operators that go through a list (some, all, none, map, filter) inside one another. Each level multiplies. */
  conditionLoops: 2,
  /** UTF-16 code units of a `var` path in a condition. */
  pathLength: 500,
  /** Problems that are reported of one document: nobody reads on, and a broken import has thousands. */
  problems: 100,
  /** Absolute value of a coordinate, in pixels of the canvas. */
  coordinate: 10_000_000,
  /** Pixels of a node's width or height. */
  nodeSize: 100_000,
} as const;
