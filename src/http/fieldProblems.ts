import type { z } from "zod";
import { escapePointer } from "../kernel/findUnsafeJson.ts";
import type { FieldProblem } from "./problems.ts";

/** Most fields an answer lists: past this the caller has sent something else altogether. */
const MAX_FIELDS = 50;

/** Zod's issues as the API reports them, one entry per field, at most 50. */
export function fieldProblems(error: z.ZodError): FieldProblem[] {
  return error.issues.flatMap(toFields).slice(0, MAX_FIELDS);
}

function toFields(issue: z.core.$ZodIssue): FieldProblem[] {
  const path = toPointer(issue.path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: `${path}/${escapePointer(key)}`,
      message: `The member "${key}" is not known here. Remove it.`,
      code: "unknown_member",
    }));
  return [{ path, message: issue.message, code: codeOf(issue) }];
}

// A check that knows the reason better than zod leaves it in params.code.
function codeOf(issue: z.core.$ZodIssue): string {
  const given = issue.code === "custom" ? issue.params?.code : undefined;
  return typeof given === "string" ? given : issue.code;
}

function toPointer(path: readonly PropertyKey[]): string {
  return path.map((token) => `/${escapePointer(String(token))}`).join("");
}
