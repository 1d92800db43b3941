import { describe, expect, test } from "vitest";
import { describeConfig, readConfig } from "../../src/main/config.ts";

const JWT = {
  JWT_JWKS_URL: "https://issuer.example/jwks.json",
  JWT_ISSUER: "https://issuer.example",
  JWT_AUDIENCE: "scripts",
};
const DATABASE_URL = "postgresql://owner:secret@db/scripts";

const accessOf = (env: Record<string, string>) => {
  const { MODE, DEV_TOKEN } = readConfig(env);
  return { MODE, DEV_TOKEN };
};

describe("the mode", () => {
  test("is development on the embedded database, and production on any other", () => {
    expect(accessOf({})).toEqual({ MODE: "development", DEV_TOKEN: "dev-token" });
    expect(accessOf({ DATABASE_URL })).toEqual({ MODE: "production", DEV_TOKEN: undefined });
    expect(accessOf({ DATABASE_URL, MODE: "development" }).DEV_TOKEN).toBe("dev-token");
    expect(accessOf({ MODE: "production" }).DEV_TOKEN).toBeUndefined();
  });

  test("production does not start with a development token", () => {
    for (const env of [{ MODE: "production" }, { DATABASE_URL }])
      expect(() => readConfig({ ...env, DEV_TOKEN: "my-own-secret" })).toThrow(
        /DEV_TOKEN: .* not accepted in production\. Unset it, or set MODE=development\./,
      );
  });

  test("development does not start where others can reach it with the token that everybody knows", () => {
    const open = { HOST: "0.0.0.0" };
    for (const env of [open, { HOST: "::" }, { HOST: "10.0.0.7" }, { ...open, DEV_TOKEN: "dev-token" }])
      expect(() => readConfig(env)).toThrow(/HOST: .* Set MODE=production .* or HOST=127\.0\.0\.1\./);
    for (const env of [
      { HOST: "localhost" },
      { HOST: "::1" },
      { HOST: "127.0.0.2" },
      { ...open, MODE: "production" },
      { ...open, DEV_TOKEN: "a-secret-of-mine" },
      // Listens nowhere.
      { ...open, ROLE: "worker" },
    ])
      expect(() => readConfig(env)).not.toThrow();
  });

  test("the development token is not logged", () => {
    const described = describeConfig(readConfig({ DEV_TOKEN: "a-secret-of-mine" }));
    expect(JSON.stringify(described)).not.toContain("a-secret-of-mine");
  });
});

describe("the settings of JWTs", () => {
  test("are taken together", () => {
    expect(readConfig(JWT)).toMatchObject({
      ...JWT,
      JWT_ALGORITHMS: ["RS256", "ES256", "EdDSA"],
      JWT_TENANT_CLAIM: "tenant",
      JWT_ROLE_CLAIM: "role",
      JWT_ACTOR_TYPE_CLAIM: "actor_type",
      JWT_CLOCK_TOLERANCE_SECONDS: 30,
    });
  });

  test.each(Object.keys(JWT))("are refused without %s", (name) => {
    expect(() => readConfig({ ...JWT, [name]: "" })).toThrow(
      `${name}: JWTs are accepted when all of JWT_JWKS_URL, JWT_ISSUER and JWT_AUDIENCE are set.`,
    );
  });

  test.each(["HS256", "none", "RS256,none", "", "RS256,,ES256", "rs256"])(
    "refuse the algorithm %j",
    (text) => {
      const read = () => readConfig({ ...JWT, JWT_ALGORITHMS: text || "," });
      expect(read).toThrow(/JWT_ALGORITHMS/);
    },
  );

  test("may name algorithms of their own", () => {
    expect(readConfig({ ...JWT, JWT_ALGORITHMS: "PS256, EdDSA" }).JWT_ALGORITHMS).toEqual(["PS256", "EdDSA"]);
  });

  test("refuse keys that travel in the clear, except on this machine", () => {
    const JWT_JWKS_URL = "http://issuer.example/jwks.json";
    expect(() => readConfig({ ...JWT, JWT_JWKS_URL })).toThrow(/JWT_JWKS_URL: .* Use https\./);
    expect(() => readConfig({ ...JWT, JWT_JWKS_URL: "http://127.0.0.1:4000/jwks" })).not.toThrow();
  });
});
