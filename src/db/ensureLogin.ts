import { Client } from "pg";
import type { RuntimeRole } from "./connectionUrl.ts";

/**
 * Lets a runtime role log in with this password, and says the URL it does so with.
 *
 * `ownerUrl` belongs to a user who may alter roles. Roles belong to the whole cluster: the password counts in
 * all of its databases, and another service that set its own is locked out.
 */
export async function ensureLogin(
  ownerUrl: string,
  login: { readonly role: RuntimeRole; readonly password: string },
): Promise<string> {
  const client = new Client({ connectionString: ownerUrl, application_name: "script-migrate-logins" });
  await client.connect();
  try {
    await client.query(
      `alter role ${client.escapeIdentifier(login.role)} login password ${client.escapeLiteral(login.password)}`,
    );
  } finally {
    await client.end();
  }
  const url = new URL(ownerUrl);
  url.username = login.role;
  url.password = encodeURIComponent(login.password);
  return url.href;
}
