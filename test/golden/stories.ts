import * as fc from "fast-check";
import { sampleCommands } from "../../src/main/sampleScript.ts";
import type { Json } from "../../src/kernel/canonicalJson.ts";
import { EVERY_COMMAND } from "./everyCommand.ts";
import { REFERENCES } from "./references.ts";
import { randomIntent, toStep } from "../scripts/support/randomStep.ts";
import type { GoldenStep, Story, Turn } from "./recordLog.ts";

/** Long enough that nearly every command meets ids such as "constructor" and "a/b~c". */
const RANDOM_TURNS = 70;
/** Any number; another one makes another log. */
const SEED = 20_261_121;

/** The logs worth keeping. To cover a new command type or version, add a story; never change an old one. */
export const STORIES: readonly Story[] = [
  {
    name: "every-command",
    turns: EVERY_COMMAND.map(([name, payload]) => step(name, payload)),
    refused: "fail",
  },
  {
    name: "call-script",
    turns: [
      ...sampleCommands().map(
        ({ command, payload }) =>
          () =>
            ({ command, payload }) as GoldenStep,
      ),
      step("CommitVersion.v1", { changelog: "The sample as it comes." }),
      step("PublishVersion.v1", { version: 1 }),
    ],
    refused: "fail",
  },
  {
    name: "references",
    turns: REFERENCES.map(([name, payload]) => step(name, payload)),
    refused: "fail",
  },
  { name: "random-edits", turns: randomTurns(), refused: "skip" },
];

function step(name: string, payload: { readonly [key: string]: Json }): Turn {
  return () => ({ command: `Scripts.${name}`, payload });
}

function randomTurns(): Turn[] {
  const intents = fc.sample(randomIntent, { numRuns: RANDOM_TURNS, seed: SEED });
  return [
    step("CreateScript.v1", { name: "Random", slug: "random" }),
    ...intents.map((intent): Turn => (state) => {
      const [name, payload] = toStep(intent, state);
      return { command: `Scripts.${name}.v1`, payload: payload as GoldenStep["payload"] };
    }),
  ];
}
