import type { SubmittedCommand } from "../../src/commands/submission.ts";
import type { BatchAnswer } from "./answers.ts";
import type { Caller, Reply } from "./caller.ts";
import type { Transcript } from "./transcript.ts";

/** Who and what the demo is about. */
export interface Story {
  readonly transcript: Transcript;
  /** A person in the editor. */
  readonly ada: Caller;
  /** An AI agent that works on her behalf. */
  readonly agent: Caller;
  readonly tenantId: string;
  /** /scripts/{id} */
  readonly script: string;
  readonly scriptId: string;
}

export interface Batch {
  readonly commands: readonly SubmittedCommand[];
  readonly expectedSequence?: number;
  readonly onConflict?: "reject" | "rebase";
  readonly note?: string;
}

/** Sends a batch of edits, each with a commandId, so that it may be sent again. */
export async function edit(
  story: Story,
  who: Caller,
  name: string,
  batch: Batch,
): Promise<Reply<BatchAnswer>> {
  const commands = batch.commands.map((command, index) => ({ commandId: `${name}-${index}`, ...command }));
  return who.post<BatchAnswer>(`${story.script}/commands`, { ...batch, commands });
}

export function command(type: string, payload: unknown): SubmittedCommand {
  return { command: `Scripts.${type}.v1`, payload };
}
