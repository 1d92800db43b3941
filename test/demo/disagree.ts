import type { BatchAnswer, GraphAnswer, ScriptAnswer } from "./answers.ts";
import { command, edit, type Story } from "./story.ts";

/** Edits that meet: one that is stale and is rebased, one that overlaps, one that is refused. Answers the head. */
export async function disagree(story: Story): Promise<number> {
  const { transcript, ada, agent } = story;
  transcript.chapter("A stale edit conflicts and is rebased, a bad one is refused");
  const { body: seen } = await agent.get<GraphAnswer>(`${story.script}/graph`);
  const stale = seen.sequence;
  const greeting = say(
    "n_greeting",
    "Good day, Meridian Mutual motor claims, {{agent_name}} speaking. How are you doing?",
  );
  const { body: first } = await edit(story, ada, "warmer-greeting", {
    commands: [greeting],
    expectedSequence: stale,
  });
  transcript.expect(`Ada's edit moves the head to ${stale + 1}`, first.headSequence === stale + 1, first);

  const summary = say(
    "n_summary",
    "All done: your claim has number {{claim_number}}. We contact you by {{preferred_contact}}.",
  );
  await expectConflict(
    story,
    stale,
    await edit(story, agent, "summary", { commands: [summary], expectedSequence: stale }),
  );
  const rebased = await edit(story, agent, "summary", {
    commands: [summary],
    expectedSequence: stale,
    onConflict: "rebase",
  });
  const isRebased = rebased.status === 201 && rebased.body.rebased && rebased.body.headSequence === stale + 2;
  transcript.expect("rebased, it is accepted: both touched different nodes", isRebased, rebased.body);

  const colder = say("n_greeting", "Meridian Mutual, motor claims.");
  const overlap = await edit(story, agent, "colder-greeting", {
    commands: [colder],
    expectedSequence: stale,
    onConflict: "rebase",
  });
  const { overlap: both = [] } = overlap.body.details ?? {};
  transcript.note(`overlap: ${both.join(", ")}`);
  const isNamed = overlap.status === 409 && both.includes("nodes/n_greeting");
  transcript.expect("an edit of the node that Ada changed is not rebased", isNamed, overlap.body);

  await refuseBad(story);
  const { body: after } = await ada.get<ScriptAnswer>(story.script);
  transcript.expect(
    "refused edits leave no trace: the head did not move",
    after.headSequence === stale + 2,
    after.headSequence,
  );
  return stale + 2;
}

async function expectConflict(
  { transcript }: Story,
  stale: number,
  { status, body }: { readonly status: number; readonly body: BatchAnswer },
): Promise<void> {
  const { head, missed = [], touched = [] } = body.details ?? {};
  for (const one of missed) transcript.note(`missed: ${one.sequence} ${one.command} by ${one.actor.id}`);
  transcript.expect(
    "the agent, who had not seen it, gets a conflict that names what it missed",
    status === 409 && head === stale + 1 && missed.length === 1 && touched.includes("nodes/n_greeting"),
    body,
  );
}

/** The second of two commands is bad, so neither is applied. */
async function refuseBad(story: Story): Promise<void> {
  const good = say("n_goodbye", "Thank you for calling.");
  const bad = command("AddEdge", {
    edge: {
      id: "e_large_claim",
      source: "n_triage",
      target: "n_adjuster",
      data: { condition: { ">": [{ var: "claim_value" }, 50_000] } },
    },
  });
  const { status, body } = await edit(story, story.agent, "large-claims", { commands: [good, bad] });
  const [refusal] = body.details?.refusals ?? [];
  story.transcript.note(`command ${refusal?.index} at ${refusal?.path}: ${refusal?.message}`);
  story.transcript.expect(
    "a condition on a variable that nobody declared is refused, and says which command and where",
    status === 422 && refusal?.index === 1 && refusal.code === "condition_unknown_variable",
    body,
  );
}

function say(nodeId: string, prompt: string) {
  return command("UpdateNode", { nodeId, data: { prompt } });
}
