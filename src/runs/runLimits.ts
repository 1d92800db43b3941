/**
 * How much one step of a run may cost. A script's author decides what is evaluated, and every tenant shares the
 * process: a condition over a 64 KiB list on each of 10,000 edges stopped it for 41 s when it was not bounded.
 */
export const RUN_LIMITS = {
  /**
   * Operations of one condition: rules, values, members of lists that are looked at, 4 characters of a name, 64
   * of a text, 8 of what it makes. The dearest found took 10 ms; most take a few µs.
   */
  conditionOperations: 10_000,
  /** Characters of texts and members of lists that one condition may make. */
  conditionOutput: 65_536,
  /** Nesting of one condition. Stored ones end at LIMITS.conditionDepth; this guards the call stack. */
  conditionDepth: 100,
  /** Operations of all conditions that are tried to leave one node. */
  nodeOperations: 100_000,
  /** Steps of one advance. */
  advanceSteps: 500,
  /** Operations of conditions and characters of prompts after which an advance stops at the next node. */
  advanceWork: 200_000,
  /** Steps of one run. Past them it fails with too_many_steps. */
  runSteps: 10_000,
  /** Bytes of all variables of a run, as JSON in UTF-8: 1 MiB. */
  variablesBytes: 1_048_576,
  /** Bytes of all answers of a run, as JSON in UTF-8: 1 MiB. */
  answersBytes: 1_048_576,
  /** Characters of one rendered text. */
  textLength: 20_000,
  /** Characters that one {{key}} may put into a text. */
  insertLength: 10_000,
  /** Characters of one action's rendered payload. */
  payloadLength: 262_144,
  /** Conditions of one step that the trace shows. */
  tracedTries: 200,
  /** Names of one condition that the trace shows. */
  tracedNames: 20,
  /** Characters of a value in the trace. */
  tracedLength: 200,
  /** Answers that one simulation takes. */
  simulatedAnswers: 1_000,
  /** Work of all advances of one simulation, counted as advanceWork. */
  simulatedWork: 2_000_000,
} as const;
