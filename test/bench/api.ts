/** A request of the set-up, where speed does not matter. Throws unless it is answered with 2xx. */
export async function post(url: string, tenantId: string, path: string, body: unknown): Promise<void> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "x-tenant-id": tenantId, "x-actor-id": "bench", "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`POST ${path} was answered with ${response.status}: ${text.slice(0, 500)}`);
}
