import type { SubmittedCommand } from "../../src/commands/submission.ts";
import { readSampleScript, sampleCommands } from "../../src/main/sampleScript.ts";
import type { BatchAnswer, ScriptAnswer } from "./answers.ts";
import type { Caller } from "./caller.ts";
import { edit, type Story } from "./story.ts";

/** Builds the call script by edit commands of two actors, in batches. Answers the head it ends at. */
export async function buildScript(story: Story): Promise<number> {
  const { transcript, ada, agent } = story;
  const script = readSampleScript();
  const commands = sampleCommands(script);
  const { nodes, edges } = script.graphJson;
  transcript.chapter("Two actors build a call script by edit commands");
  transcript.note(`${nodes.length} nodes, ${edges.length} edges, ${script.variablesDef.length} variables`);
  const created = await ada.post<ScriptAnswer>("/scripts", { id: story.scriptId, ...script.details });
  transcript.demand(
    "the script starts with one command",
    created.status === 201 && created.body.headSequence === 1,
    created.body,
  );

  const ofType = (type: string): SubmittedCommand[] =>
    commands.filter((one) => one.command === `Scripts.${type}.v1`);
  const [addNodes, addEdges] = [ofType("AddNode"), ofType("AddEdge")];
  const half = Math.floor(addNodes.length / 2);
  let head = 1;
  const send = async (
    who: Caller,
    name: string,
    batch: readonly SubmittedCommand[],
    note: string,
  ): Promise<void> => {
    const { status, body } = await edit(story, who, name, { commands: batch, expectedSequence: head, note });
    head += batch.length;
    const isRight =
      status === 201 && body.headSequence === head && body.commands[0]?.sequence === head - batch.length + 1;
    transcript.demand(
      `${batch.length} commands are sequences ${head - batch.length + 1} to ${head}`,
      isRight,
      body,
    );
  };
  await send(ada, "variables", ofType("DefineVariable"), "The variables that the claims team agreed on");
  await send(ada, "opening", addNodes.slice(0, half), "From the greeting to the kind of incident");
  await send(
    agent,
    "details",
    addNodes.slice(half),
    "Drafted from the handbook: incident, damage, settlement",
  );
  await send(
    agent,
    "paths",
    [...addEdges, ...ofType("SetEntryNode")],
    "How the conversation goes on from each node",
  );
  await sendAgain(story, head, addNodes.slice(0, half));
  return head;
}

/** A request whose answer was lost is sent again. */
async function sendAgain(story: Story, head: number, commands: readonly SubmittedCommand[]): Promise<void> {
  const note = "From the greeting to the kind of incident";
  const { status, body } = await edit(story, story.ada, "opening", { commands, note });
  const isRepeat = (answer: BatchAnswer): boolean => status === 201 && answer.alreadyApplied;
  story.transcript.expect(
    "a batch that is sent again is recognised and not applied twice",
    isRepeat(body),
    body,
  );
  const { body: script } = await story.ada.get<ScriptAnswer>(story.script);
  story.transcript.expect(`the head is still ${head}`, script.headSequence === head, script.headSequence);
}
