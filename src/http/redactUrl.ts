/** A URL as it may be logged: without the values of query members that let somebody in. */
export function redactUrl(url: string): string {
  return url.includes("?") ? url.replaceAll(SECRET_MEMBERS, "$<name>=***") : url;
}

const SECRET_MEMBERS = /(?<=[?&])(?<name>ticket|token|access_token|key|secret)=[^&#\s"]*/giu;
