import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { now } from "../../provider/clock.js";
import { configuredBaseUrl, deletedOwners, readConnection } from "../../provider/config.js";
import { isPlainHttp } from "../../provider/gitlab/connection.js";

const read = (config: Record<string, string>, env: NodeJS.ProcessEnv = {}) =>
  readConnection((key) => config[key], env);
const token = { "gitlab:token": "glpat-x" };

describe("the access token", () => {
  it("is the configuration's, else the environment's", () => {
    expect(read(token, { GITLAB_TOKEN: "env" })).toMatchObject({
      token: "glpat-x",
      tokenSource: "gitlab:token",
    });
    expect(read({}, { GITLAB_TOKEN: "env" })).toMatchObject({ token: "env", tokenSource: "GITLAB_TOKEN" });
    expect(read({ "gitlab:token": "" }, { GITLAB_TOKEN: "env" })).toMatchObject({ token: "env" });
  });

  it("has GITLAB_TOKEN beside it only for the same GitLab, and only if it differs", () => {
    expect(read(token, { GITLAB_TOKEN: "env" }).secondToken).toEqual({
      token: "env",
      source: "GITLAB_TOKEN",
    });
    expect(read(token, { GITLAB_TOKEN: "glpat-x" }).secondToken).toBeUndefined();
    const here = { ...token, "gitlab:baseUrl": "https://gitlab.acme.test/api/v4" };
    expect(read(here, { GITLAB_TOKEN: "env" }).secondToken).toBeUndefined();
    expect(
      read(here, { GITLAB_TOKEN: "env", GITLAB_BASE_URL: "https://gitlab.acme.test/" }).secondToken,
    ).toBeDefined();
  });

  it("and no other credential of the environment goes to a Provider's other GitLab", () => {
    const other = { "gitlab:baseUrl": "https://other.test", "gitlab:isOtherGitLab": "true" };
    const env = {
      GITLAB_TOKEN: "env",
      GITLAB_HEADERS: '{"X-Key":"env"}',
      GITLAB_CLIENT_CERT: "-----BEGIN env",
      GITLAB_CLIENT_KEY: "-----BEGIN env",
      GITLAB_BASE_URL: "https://other.test",
      GITLAB_RETRIES: "3",
      GITLAB_DELETED_PROJECTS: "42",
    };
    expect(deletedOwners("project", (key) => (other as Record<string, string>)[key], env)).toEqual([]);
    expect(() => read(other, env)).toThrow(
      "No access token for https://other.test: give its Provider a token",
    );
    const connection = read({ ...other, ...token }, env);
    expect(connection).toMatchObject({ token: "glpat-x", headers: {}, retries: 3 });
    expect(JSON.stringify(connection)).not.toContain("env");
  });

  it("is missed by an error that names both places, and what the official provider would have used", () => {
    expect(() => read({})).toThrow(
      /^No access token for GitLab: set gitlab:token .* or GITLAB_TOKEN .* scope "api"\.$/,
    );
    expect(() => read({ "gitlab:configFile": "x" }, { CI_JOB_TOKEN: "y" })).toThrow(
      "(gitlab:configFile, CI_JOB_TOKEN are set, but this package does not use them)",
    );
    expect(() => read({}, { GITLAB_CONTEXT: "x" })).toThrow(
      "(GITLAB_CONTEXT is set, but this package does not use it)",
    );
  });

  it.each([
    ["glcbt-64_abc", {}, "a CI job token"],
    ["plain", { CI_JOB_TOKEN: "plain" }, "a CI job token"],
    ["gldt-abc", {}, "a deploy token"],
  ])("%s is told what it is, without being shown", (value, env, what) => {
    expect(() => read({ "gitlab:token": value }, env)).toThrow(
      `gitlab:token holds ${what}, which cannot manage deploy tokens`,
    );
    expect(() => read({ "gitlab:token": value }, env)).not.toThrow(value);
  });
});

describe("the address", () => {
  it.each([
    "https://gitlab.acme.test",
    "https://gitlab.acme.test/",
    "https://gitlab.acme.test/api/v4",
    "https://gitlab.acme.test/api/v4/",
    " https://GitLab.acme.test:443 ",
  ])("%s is one GitLab", (baseUrl) => {
    expect(configuredBaseUrl(() => baseUrl, {})).toBe("https://gitlab.acme.test");
  });

  it("keeps a path and a port, and is gitlab.com by default", () => {
    expect(configuredBaseUrl(() => "http://localhost:8080/gitlab/api/v4", {})).toBe(
      "http://localhost:8080/gitlab",
    );
    expect(configuredBaseUrl(() => undefined, {})).toBe("https://gitlab.com");
    expect(configuredBaseUrl(() => undefined, { GITLAB_BASE_URL: "https://env.test" })).toBe(
      "https://env.test",
    );
  });

  it.each(["gitlab.com", "ftp://gitlab.com", "::"])("%s is refused by the name of its source", (value) => {
    expect(() => configuredBaseUrl(() => value, {})).toThrow(
      `gitlab:baseUrl is ${JSON.stringify(value)}; wanted: a URL`,
    );
    expect(() => configuredBaseUrl(() => undefined, { GITLAB_BASE_URL: value })).toThrow(
      "GITLAB_BASE_URL is",
    );
  });

  it("with a password in it is refused without being shown", () => {
    expect(() => configuredBaseUrl(() => "https://u:hunter2@gitlab.com", {})).toThrow(
      "holds a user name or password",
    );
    expect(() => configuredBaseUrl(() => "https://u:hunter2@gitlab.com", {})).not.toThrow("hunter2");
  });

  it("is plain only beyond the machine itself", () => {
    const plain = ["http://gitlab.test", "http://10.0.0.1"];
    const safe = ["https://gitlab.test", "http://localhost:1", "http://127.0.0.1", "http://[::1]:80"];
    expect([...plain, ...safe].filter(isPlainHttp)).toEqual(plain);
  });
});

describe("the other settings", () => {
  it("are read", () => {
    const folder = mkdtempSync(join(tmpdir(), "config-"));
    const file = join(folder, "ca.pem");
    writeFileSync(file, "PEM");
    const config = {
      ...token,
      "gitlab:retries": "3",
      "gitlab:insecure": "True",
      "gitlab:headers": '{"X-A":"b"}',
      "gitlab:cacertFile": file,
      "gitlab:clientCert": "-----BEGIN CERTIFICATE-----",
      "gitlab:clientKey": "-----BEGIN PRIVATE KEY-----",
    };
    expect(read(config)).toMatchObject({
      retries: 3,
      insecure: true,
      headers: { "X-A": "b" },
      ca: "PEM",
      clientCert: "-----BEGIN CERTIFICATE-----",
      clientKey: "-----BEGIN PRIVATE KEY-----",
    });
    rmSync(folder, { recursive: true });
    expect(read(token)).toMatchObject({ retries: 10, insecure: false, headers: {} });
    expect(read({ ...token, "gitlab:insecure": "0" }).insecure).toBe(false);
    expect(
      read(token, { GITLAB_CLIENT_CERT: "-----BEGIN A", GITLAB_CLIENTKEY: "-----BEGIN B" }),
    ).toMatchObject({
      clientCert: "-----BEGIN A",
      clientKey: "-----BEGIN B",
    });
  });

  it.each([
    [{ "gitlab:retries": "many" }, /^gitlab:retries is "many"; wanted: a whole number from 0 to 100$/],
    [{ "gitlab:retries": "-1" }, /^gitlab:retries is "-1"/],
    [{ "gitlab:insecure": "maybe" }, /^gitlab:insecure is "maybe"; wanted: true or false$/],
    [{ "gitlab:cacertFile": "/does/not/exist" }, /^gitlab:cacertFile cannot be read as a file \(ENOENT\)$/],
    [{ "gitlab:headers": "secret" }, /^gitlab:headers cannot be used; wanted: a JSON object/],
    [{ "gitlab:headers": '["secret"]' }, /^gitlab:headers cannot be used/],
    [{ "gitlab:headers": '{"a":5}' }, /^gitlab:headers cannot be used/],
  ])("are refused by the name of their source: %j", (config, message) => {
    expect(() => read({ ...token, ...config })).toThrow(message);
  });

  it("name deleted owners as JSON or with commas", () => {
    const deleted = (value?: string, kind: "project" | "group" = "project") =>
      deletedOwners(kind, () => value, {});
    expect(deleted()).toEqual([]);
    expect(deleted('["acme/old", 42]')).toEqual(["acme/old", "42"]);
    expect(deleted("acme/old, 42,")).toEqual(["acme/old", "42"]);
    expect(() => deleted("[{}]")).toThrow('gitlab:deletedProjects is "[{}]"; wanted: a list');
    expect(() => deleted("[", "group")).toThrow("gitlab:deletedGroups is");
    expect(deletedOwners("group", () => undefined, { GITLAB_DELETED_GROUPS: "acme" })).toEqual(["acme"]);
  });
});

it("the clock is real, or what GITLAB_TESTING_TIME says", () => {
  expect(now({ GITLAB_TESTING_TIME: "2027-01-31" }).toISOString()).toBe("2027-01-31T00:00:00.000Z");
  expect(Math.abs(now({}).getTime() - Date.now())).toBeLessThan(60_000);
  expect(() => now({ GITLAB_TESTING_TIME: "soon" })).toThrow(
    'GITLAB_TESTING_TIME is "soon"; wanted: a date-time',
  );
});
