/** The text, or its beginning and an ellipsis when it has more characters (UTF-16 code units) than allowed. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const kept = text.slice(0, maxLength - 1);
  // jsonb refuses half of a surrogate pair.
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}
