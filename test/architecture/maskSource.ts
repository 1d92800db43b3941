/** The text of a source file with parts of it turned into spaces, so that every offset stays what it was. */
export interface MaskedSource {
  /** Without comments. */
  readonly code: string;
  /** Without comments, texts, the fixed parts of templates, and regular expressions. */
  readonly bare: string;
}

/** A slash after one of these starts a regular expression; after anything else it divides. */
const BEFORE_REGEX =
  /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|new|delete|void|throw|await|yield|else|do))\s*$/;

/**
 * Tells code from comments and texts. A rule that searched the plain file would find the offences that a
 * comment warns of, and miss an import behind a comment.
 */
export function maskSource(text: string): MaskedSource {
  const code = text.split("");
  const bare = [...code];
  /** Braces open inside each template expression that we are in, innermost last. */
  const templates: number[] = [];

  const blank = (target: string[], from: number, to: number): void => {
    for (let at = from; at < to; at++) if (text[at] !== "\n") target[at] = " ";
  };
  const skipTo = (end: number, from: number, isComment: boolean): number => {
    blank(bare, from, end);
    if (isComment) blank(code, from, end);
    return end;
  };

  for (let at = 0; at < text.length;) {
    const char = text[at]!;
    const two = text.slice(at, at + 2);
    if (two === "//") at = skipTo(endOf(text, "\n", at), at, true);
    else if (two === "/*") at = skipTo(endOf(text, "*/", at + 2), at, true);
    else if (char === '"' || char === "'") at = skipTo(endOfQuoted(text, char, at + 1), at, false);
    else if (char === "`" || (char === "}" && templates.at(-1) === 0)) {
      if (char === "}") templates.pop();
      const end = endOfTemplatePart(text, at + 1);
      if (text[end - 1] === "{") templates.push(0);
      at = skipTo(end, at, false);
    } else if (char === "/" && BEFORE_REGEX.test(bare.slice(Math.max(0, at - 40), at).join("")))
      at = skipTo(endOfRegex(text, at + 1), at, false);
    else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1]!++;
      if (templates.length > 0 && char === "}") templates[templates.length - 1]!--;
      at++;
    }
  }
  return { code: code.join(""), bare: bare.join("") };
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at + mark.length;
}

function endOfQuoted(text: string, quote: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote || text[at] === "\n") return at + 1;
  }
  return text.length;
}

/** The place behind the closing backtick or behind the `${` that comes first. */
function endOfTemplatePart(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "`") return at + 1;
    else if (text[at] === "$" && text[at + 1] === "{") return at + 2;
  }
  return text.length;
}

function endOfRegex(text: string, from: number): number {
  let inClass = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === "[") inClass = true;
    else if (text[at] === "]") inClass = false;
    else if (text[at] === "\n" || (text[at] === "/" && !inClass)) return at + 1;
  }
  return text.length;
}
