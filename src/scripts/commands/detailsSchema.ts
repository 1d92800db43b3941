import { z } from "zod";

/** The members of a script's details, as commands bring them. */
export const detailsShape = {
  name: z
    .string()
    .trim()
    .min(1, "A script needs a name.")
    .max(200, "A name has at most 200 characters.")
    .meta({ description: "What people call the script.", examples: ["Appointment call"] }),
  slug: z
    .string()
    .max(100, "A slug has at most 100 characters.")
    .regex(
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      "A slug is lower-case letters and digits, in groups joined by single hyphens.",
    )
    .meta({ description: "Unique in the tenant.", examples: ["appointment-call"] }),
  description: z.string().max(5_000, "A description has at most 5,000 characters.").nullable(),
  labels: uniqueTexts("labels"),
  intents: uniqueTexts("intents"),
  languageCodes: z
    .array(
      z
        .string()
        .regex(
          /^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$/,
          'A language code is like "en" or "pt-BR" (BCP 47).',
        ),
    )
    .max(50, "There are at most 50 languageCodes.")
    .refine(isUnique, "languageCodes must be different from each other.")
    .meta({ description: "BCP 47 language tags.", examples: [["en", "pt-BR"]] }),
  embeddingKey: z.string().min(1).max(200).nullable(),
};

function uniqueTexts(name: string) {
  return z
    .array(
      z
        .string()
        .min(1, `Each of ${name} has 1 to 100 characters.`)
        .max(100, `Each of ${name} has 1 to 100 characters.`),
    )
    .max(50, `There are at most 50 ${name}.`)
    .refine(isUnique, `${name} must be different from each other.`);
}

function isUnique(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}
