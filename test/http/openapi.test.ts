import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { buildOpenApi } from "../../src/http/openapi/buildOpenApi.ts";
import { downgradeTo31 } from "../../src/http/openapi/downgradeTo31.ts";
import { PROBLEM_SCHEMAS } from "../../src/http/problemSchemas.ts";
import { PROBLEMS, type ProblemCode } from "../../src/http/problems.ts";
import { routes } from "../../src/http/routes.ts";
import { commandNames } from "../../src/scripts/registry.ts";
import { expectShape } from "../support/httpClient.ts";

type Json = Record<string, unknown>;

const document = JSON.parse(JSON.stringify(buildOpenApi(routes))) as Json;

const fail = (what: string): never => {
  throw new Error(what);
};

/** Every object in a JSON value. */
function objectsIn(value: unknown): Json[] {
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inside : [value as Json, ...inside];
}

test("the committed files are what the routes say", async () => {
  const read = async (name: string) =>
    JSON.parse(await readFile(new URL(`../../openapi/${name}`, import.meta.url), "utf8")) as unknown;
  // When this fails: run "npm run openapi" and commit the files.
  expect(await read("openapi-3.2.json")).toEqual(document);
  expect(await read("openapi-3.1.json")).toEqual(
    JSON.parse(JSON.stringify(downgradeTo31(buildOpenApi(routes)))),
  );
});

test("the check that CI runs agrees, under plain node", async () => {
  const check = new URL("../../src/http/openapi/write.ts", import.meta.url).pathname;
  await expect(promisify(execFile)(process.execPath, [check, "--check"])).resolves.toMatchObject({
    stderr: "",
  });
});

test("every route is in the document, under its own operationId", () => {
  const paths = document["paths"] as Record<string, Record<string, { operationId: string }>>;
  const described = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
  );
  expect(described.toSorted()).toEqual(
    routes.map(({ method, path, operationId }) => `${method} ${path} ${operationId}`).toSorted(),
  );
  expect(new Set(routes.map(({ operationId }) => operationId)).size).toBe(routes.length);
});

test("every reference leads somewhere", () => {
  const dangling = objectsIn(document)
    .map((object) => object["$ref"])
    .filter((ref): ref is string => typeof ref === "string")
    .filter((ref) => {
      const steps = ref.replace("#/", "").split("/");
      return steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], document) === undefined;
    });
  expect(dangling).toEqual([]);
});

describe("as somebody reads it who knows nothing else", () => {
  interface Media {
    readonly schema?: Json;
    readonly itemSchema?: Json;
    readonly example?: unknown;
  }
  interface Operation {
    readonly tags: string[];
    readonly security: Json[];
    readonly parameters: { readonly $ref?: string; readonly name: string; readonly in: string }[];
    readonly requestBody?: { readonly content: Record<string, Media> };
    readonly responses: Record<string, { readonly content?: Record<string, Media> }>;
  }
  const paths = document["paths"] as Record<string, Record<string, Operation>>;
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ where: `${method} ${path}`, path, operation })),
  );
  const components = document["components"] as Record<string, Record<string, Json>>;

  /** A schema of the document as a check of its own. */
  function checkOf(schema: Json): z.ZodType {
    const alone = JSON.stringify({ ...schema, $defs: components["schemas"] });
    return z.fromJSONSchema(JSON.parse(alone.replaceAll("#/components/schemas/", "#/$defs/")) as never);
  }

  function itemsOf(stream: string): EventSourceMessage[] {
    const items: EventSourceMessage[] = [];
    createParser({ onEvent: (item) => items.push(item) }).feed(stream);
    expect(items.length).toBeGreaterThan(0);
    return items;
  }

  test("every body has an example, and its schema takes it", () => {
    for (const { where, operation } of operations) {
      const bodies = Object.values(operation.responses).map(({ content }) => content);
      for (const content of [operation.requestBody?.content, ...bodies])
        for (const { schema, itemSchema, example } of Object.values(content ?? {})) {
          // Of a stream the example is its text, item after item.
          const items = itemSchema ? itemsOf(example as string) : [example];
          expect([where, items.includes(undefined)]).toEqual([where, false]);
          for (const item of items) {
            const { error } = checkOf(schema ?? itemSchema!).safeParse(item);
            if (error) expect.fail(`${where}: ${error.message}\n${JSON.stringify(item, null, 2)}`);
          }
        }
    }
    // The check notices what is missing or wrong.
    const script = checkOf({ $ref: "#/components/schemas/Script" });
    expect([{}, { name: 1 }, []].filter((wrong) => script.safeParse(wrong).success)).toEqual([]);
  });

  test("every header has an example, and its schema takes it", () => {
    const headers = Object.entries({ ...components["parameters"], ...components["headers"] });
    const refused = headers.filter(
      ([, { schema, example }]) => !checkOf(schema as Json).safeParse(example).success,
    );
    expect(refused).toEqual([]);
  });

  test("a path names the parameters that it has, and tags and security are those at the top", () => {
    const tags = (document["tags"] as { name: string }[]).map(({ name }) => name);
    const schemes = Object.keys(components["securitySchemes"]!);
    for (const { where, path, operation } of operations) {
      const named = operation.parameters.filter((one) => one.in === "path").map((one) => `{${one.name}}`);
      expect([where, named.toSorted()]).toEqual([where, (path.match(/\{\w+\}/gu) ?? []).toSorted()]);
      expect([where, operation.tags.filter((tag) => !tags.includes(tag))]).toEqual([where, []]);
      const needed = operation.security.flatMap((one) => Object.keys(one));
      expect([where, needed.filter((scheme) => !schemes.includes(scheme))]).toEqual([where, []]);
    }
  });

  test("nothing is defined that is not used", () => {
    const text = JSON.stringify(document);
    const unused = Object.entries(components)
      .filter(([kind]) => kind !== "securitySchemes")
      .flatMap(([kind, named]) => Object.keys(named).map((name) => `#/components/${kind}/${name}`))
      .filter((ref) => !text.includes(`"${ref}"`));
    expect(unused).toEqual([]);
  });
});

test("every command is a choice of the batch, told apart by its name", () => {
  const { schemas } = document["components"] as { schemas: Record<string, Json> };
  const command = schemas["Command"] as unknown as {
    oneOf: { $ref: string }[];
    discriminator: { propertyName: string; mapping: Json };
  };
  expect(command.discriminator.propertyName).toBe("command");
  expect(Object.keys(command.discriminator.mapping)).toEqual(commandNames);
  expect(command.oneOf.map(({ $ref }) => $ref.split("/").at(-1))).toEqual(commandNames);
});

test("a member that may be left out is not called required", () => {
  const { schemas } = document["components"] as { schemas: Record<string, { required?: string[] }> };
  expect(schemas["Scripts.CommitVersion.v1.payload"]?.required).toBeUndefined();
  expect(schemas["Scripts.UpdateVariable.v1.payload"]?.required).toEqual(["key"]);
});

test("the older document leaves out what OpenAPI 3.1 does not know, and nothing else", () => {
  const older = JSON.parse(JSON.stringify(downgradeTo31(buildOpenApi(routes)))) as Json;
  expect(older["openapi"]).toBe("3.1.1");
  expect((older["tags"] as Json[]).filter((tag) => "summary" in tag)).toEqual([]);
  expect(objectsIn(older["paths"]).filter((object) => "itemSchema" in object)).toEqual([]);
  const { openapi, tags } = document;
  // A stream is text there.
  const paths = JSON.parse(JSON.stringify(document["paths"])) as Json;
  for (const media of objectsIn(paths))
    if (media["itemSchema"]) {
      delete media["itemSchema"];
      media["schema"] = { type: "string" };
    }
  expect({ ...older, openapi, tags }).toEqual({ ...document, paths });
});

describe.each(routes.map((route) => [route.operationId, route] as const))("%s", (_, route) => {
  test("shows examples that its own schemas take", () => {
    const { body } = route;
    for (const schema of body ? [body.schema, body.documented ?? body.schema] : [])
      expect(schema.safeParse(body?.example).error).toBeUndefined();
    const answers = Object.values(route.responses).filter((spec) => spec.schema !== undefined);
    for (const { schema, example } of answers) expectShape(schema!, example, fail);
  });

  test("declares the problems that its parts can cause, and no others of them", () => {
    const { scope, params, query, body, headers } = route;
    const takesKey = headers.includes("idempotency-key");
    const causes: { readonly [code in ProblemCode]?: boolean } = {
      authorization_missing: scope !== "public",
      authorization_invalid: scope !== "public",
      tenant_mismatch: scope !== "public",
      role_insufficient: scope !== "public",
      rate_limited: scope !== "public",
      database_unavailable: scope !== "public",
      correlation_id_invalid: true,
      internal_error: true,
      invalid_path: params !== undefined,
      invalid_query: query !== undefined,
      invalid_json: body !== undefined,
      invalid_body: body !== undefined,
      body_too_large: body !== undefined,
      unsupported_media_type: body !== undefined,
      precondition_failed: headers.includes("if-match"),
      idempotency_key_missing: route.needsIdempotencyKey === true,
      idempotency_key_reused: takesKey,
      idempotency_key_in_use: takesKey,
    };
    const declared = Object.keys(causes).map((code) => [code, route.problems.includes(code as ProblemCode)]);
    expect(Object.fromEntries(declared)).toEqual(causes);
  });

  test("shows a problem for every status that is one", () => {
    const { responses } = (document["paths"] as Record<string, Record<string, { responses: Json }>>)[
      route.path
    ]![route.method]!;
    const statuses = route.problems.map((code) => String(PROBLEMS[code].status));
    expect(Object.keys(responses).toSorted()).toEqual(
      [...new Set([...Object.keys(route.responses), ...statuses])].toSorted(),
    );
    for (const status of new Set(statuses)) {
      const { content } = responses[status] as {
        content: Record<string, { example: { code: ProblemCode } }>;
      };
      const { example } = content["application/problem+json"]!;
      expectShape(PROBLEM_SCHEMAS.get(example.code)!, example, fail);
    }
  });
});
