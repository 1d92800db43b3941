/** Who the bench is: the development placeholder, so that what is measured is not the lookup of a token. */
export function benchHeaders(tenantId: string): Readonly<Record<string, string>> {
  return { authorization: "Bearer dev-token", "x-tenant-id": tenantId, "x-actor-id": "bench" };
}

/** A request of the set-up, where speed does not matter. Throws unless it is answered with 2xx. */
export async function post(url: string, tenantId: string, path: string, body: unknown): Promise<void> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { ...benchHeaders(tenantId), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`POST ${path} was answered with ${response.status}: ${text.slice(0, 500)}`);
}
