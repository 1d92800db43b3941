import { z } from "zod";
import { createToken, type NewToken } from "../../access/createToken.ts";
import { actorIdSchema, actorTypeSchema, tenantIdSchema } from "../../access/identitySchemas.ts";
import { listTokens } from "../../access/listTokens.ts";
import { revokeToken } from "../../access/revokeToken.ts";
import { ROLES } from "../../access/role.ts";
import { OpsError } from "../frame/opsError.ts";
import { table } from "../frame/output.ts";
import type { Session } from "../frame/session.ts";
import type { Verb, VerbOptions } from "../frame/verb.ts";

const createVerb: Verb = {
  name: "tokens create",
  summary: "make a token for a program; it is shown once and never again",
  addOptions: (command) =>
    command
      .requiredOption("--label <text>", "what it is for")
      .requiredOption("--role <role>", ROLES.join(", "))
      .requiredOption("--actor <id>", "who acts with it")
      .option("--actor-type <type>", actorTypeSchema.options.join(", "), "USER")
      .option("--expires <time>", "a date, or in how long: 12h, 90d", parseExpiry),
  run: async (session, _args, options) => {
    const input = readNewToken(session, options);
    const { output, now, global } = session;
    if (global.dryRun) {
      output.result({ dryRun: true, ...input }, () => "Would make a token.");
      return 0;
    }
    const { prisma } = await session.store();
    const made = await createToken({ prisma, now }, input);
    output.result(
      { ...made, tenantId: input.tenantId, role: input.role, expiresAt: input.expiresAt ?? null },
      () =>
        `${made.token}\n\nToken ${made.id} of tenant ${input.tenantId}. Keep it now: it is not shown again.`,
    );
    return 0;
  },
};

function readNewToken({ global }: Session, options: VerbOptions): NewToken {
  if (global.tenant === undefined) throw new OpsError("Say whose token it is: --tenant <id>.");
  const role = read("--role", z.enum(ROLES), options["role"]);
  const actorType = read("--actor-type", actorTypeSchema, options["actorType"]);
  if (actorType === "AI_AGENT" && role !== "agent")
    throw new OpsError("An AI agent's token has --role agent, and no other.");
  return {
    tenantId: read("--tenant", tenantIdSchema, global.tenant),
    label: String(options["label"]),
    role,
    actorType,
    actorId: read("--actor", actorIdSchema, options["actor"]),
    expiresAt: options["expires"] as Date | undefined,
  };
}

/** A token under a name that no request can have would be of no use. */
function read<T>(option: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new OpsError(`${option} "${String(value)}": ${parsed.error.issues[0]!.message}`);
}

const listVerb: Verb = {
  name: "tokens list",
  summary: "the tokens of a tenant, or of all; never the tokens themselves",
  run: async ({ store, output, global }) => {
    const { prisma } = await store();
    const tokens = await listTokens({ prisma }, { tenantId: global.tenant });
    output.result({ tokens }, () => table(tokens, "No tokens."));
    return 0;
  },
};

const revokeVerb: Verb = {
  name: "tokens revoke <id>",
  summary: "revoke a token; API processes that know it accept it for some seconds more",
  run: async ({ store, output, global, now }, [id]) => {
    const { prisma } = await store();
    const tokens = await listTokens({ prisma }, { tenantId: global.tenant });
    const key = tokens.find((token) => token.id === id);
    if (!key) throw new OpsError(`There is no token ${id}. "tokens list" shows those that there are.`);
    if (global.dryRun) {
      output.result({ dryRun: true, ...key }, () => `Would revoke token ${id} (${key.label}).`);
      return 0;
    }
    const outcome = await revokeToken({ prisma, now }, { tenantId: key.tenantId, id: key.id });
    if (outcome.kind === "token_not_found") throw new OpsError(`There is no token ${id} any more.`);
    output.result(
      { id, tenantId: key.tenantId, revokedAt: outcome.at },
      () => `Revoked since ${outcome.at.toISOString()}.`,
    );
    return 0;
  },
};

/** Tokens for programs. */
export const tokens: readonly Verb[] = [createVerb, listVerb, revokeVerb];

function parseExpiry(text: string): Date {
  const hours = { h: 1, d: 24 };
  const inTime = /^(\d+)(h|d)$/.exec(text);
  const time = inTime
    ? new Date(Date.now() + Number(inTime[1]) * hours[inTime[2] as keyof typeof hours] * 3_600_000)
    : new Date(text);
  if (Number.isNaN(time.getTime()) || time <= new Date())
    throw new OpsError("--expires takes a time to come: a date, or 12h, 90d.");
  return time;
}
