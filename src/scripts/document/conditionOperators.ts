/** How many arguments a JSON-logic operator takes, and whether its last one is evaluated per element of a list. */
export interface Operator {
  readonly min: number;
  readonly max: number;
  readonly loops?: true;
}

const MANY = Number.POSITIVE_INFINITY;

/**
 * The JSON-logic operators that a condition may use. Left out on purpose: reduce (its accumulator can double
 * with every element), log (prints) and method (calls JavaScript).
 *
 * Source: https://jsonlogic.com/operations.html
 */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["var", { min: 1, max: 2 }],
  ["missing", { min: 1, max: MANY }],
  ["missing_some", { min: 2, max: 2 }],
  ["if", { min: 2, max: MANY }],
  ["?:", { min: 3, max: 3 }],
  ["==", { min: 2, max: 2 }],
  ["===", { min: 2, max: 2 }],
  ["!=", { min: 2, max: 2 }],
  ["!==", { min: 2, max: 2 }],
  ["!", { min: 1, max: 1 }],
  ["!!", { min: 1, max: 1 }],
  ["and", { min: 1, max: MANY }],
  ["or", { min: 1, max: MANY }],
  [">", { min: 2, max: 2 }],
  [">=", { min: 2, max: 2 }],
  ["<", { min: 2, max: 3 }],
  ["<=", { min: 2, max: 3 }],
  ["max", { min: 1, max: MANY }],
  ["min", { min: 1, max: MANY }],
  ["+", { min: 1, max: MANY }],
  ["-", { min: 1, max: 2 }],
  ["*", { min: 1, max: MANY }],
  ["/", { min: 2, max: 2 }],
  ["%", { min: 2, max: 2 }],
  ["in", { min: 2, max: 2 }],
  ["cat", { min: 1, max: MANY }],
  ["substr", { min: 2, max: 3 }],
  ["merge", { min: 1, max: MANY }],
  ["map", { min: 2, max: 2, loops: true }],
  ["filter", { min: 2, max: 2, loops: true }],
  ["all", { min: 2, max: 2, loops: true }],
  ["none", { min: 2, max: 2, loops: true }],
  ["some", { min: 2, max: 2, loops: true }],
]);
