import { randomBytes } from "node:crypto";
import { newId } from "../kernel/newId.ts";

/** sct_, the id of its row, and a secret of 256 bits. The prefix lets scanners of leaked secrets find it. */
const TOKEN = /^sct_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_[\w-]{43}$/u;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u;

/** Makes the text of a new token. */
export function makeTokenText(): { readonly id: string; readonly token: string } {
  const id = newId();
  return { id, token: `sct_${id}_${randomBytes(32).toString("base64url")}` };
}

/** Whether a text has the form of a token that this service made. */
export function isApiToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether the id of a credential is that of a token that this service made, and not of a JWT. */
export function isTokenId(id: string): boolean {
  return ID.test(id);
}
