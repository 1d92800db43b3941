// {{ key }} or {{ key.member }}. Other text in double braces, such as {{#if}}, is not a template of ours.
// No two neighbouring parts can match the same character, so matching is linear in the text's length.
const TEMPLATE = /\{\{(\s{0,20})([A-Za-z_][A-Za-z0-9_]{0,63})((?:\.[^{}\s]{1,200})?\s{0,20})\}\}/g;

/** Keys of the variables that a text names as {{key}} or {{key.member}}; answers is none. */
export function templateVariables(text: string): string[] {
  if (!text.includes("{{")) return [];
  const keys = new Set<string>();
  for (const [, , key] of text.matchAll(TEMPLATE)) {
    if (key !== undefined && key !== "answers") keys.add(key);
  }
  return [...keys];
}

/** The text with {{from}} changed to {{to}}; white space and members are kept. */
export function renameInText(text: string, from: string, to: string): string {
  if (!text.includes("{{")) return text;
  return text.replaceAll(TEMPLATE, (whole, space: string, key: string, tail: string) =>
    key === from ? `{{${space}${to}${tail}}}` : whole,
  );
}
