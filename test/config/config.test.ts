import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { now } from "../../provider/clock.js";
import { deletedOwners, readConnection } from "../../provider/config.js";
import { configuredBaseUrl } from "../../provider/find-setting.js";
import { isPlainHttp } from "../../provider/gitlab/connection.js";
import { folderOfTest } from "../support/folder.js";

const folderOfKeys = mkdtempSync(join(tmpdir(), "keys-"));
const openssl = (...args: string[]) =>
  execFileSync("openssl", args, { cwd: folderOfKeys, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const newKey = () => openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1");
const keyPem = newKey();
const otherKeyPem = newKey();
writeFileSync(join(folderOfKeys, "key.pem"), keyPem);
const certPem = openssl("req", "-x509", "-key", "key.pem", "-subj", "/CN=test", "-days", "2");
const encryptedKeyPem = openssl("pkcs8", "-topk8", "-in", "key.pem", "-passout", "pass:geheim");
afterAll(() => rmSync(folderOfKeys, { recursive: true }));

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

  it("keeps GITLAB_TOKEN as the second access token only for the same GitLab, and only if it differs", () => {
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

  it("is not sent to a Provider's other GitLab, and no other credential of the environment is", () => {
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

  it("is missing: the error names both places, and the settings that only the official provider uses", () => {
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
  ])("%s is refused by its kind, without its value", (value, env, what) => {
    expect(() => read({ "gitlab:token": value }, env)).toThrow(
      `gitlab:token is ${what}, which cannot manage deploy tokens`,
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

  it.each([
    "https://u:hunter2@gitlab.com",
    "root:hunter2@gitlab.com",
    "https://root:hunter2/ss@gitlab.com",
    "https://hunter2@gitlab.com",
    "//root:hunter2@gitlab.com",
    "https://root:hunter2#@gitlab.com",
  ])("%s is refused without its password", (value) => {
    expect(() => configuredBaseUrl(() => value, {})).toThrow("contains a user name or password");
    expect(() => configuredBaseUrl(() => value, {})).not.toThrow("hunter2");
  });

  it("counts as unencrypted only beyond the machine itself", () => {
    const plain = ["http://gitlab.test", "http://10.0.0.1"];
    const safe = ["https://gitlab.test", "http://localhost:1", "http://127.0.0.1", "http://[::1]:80"];
    expect([...plain, ...safe].filter(isPlainHttp)).toEqual(plain);
  });
});

describe("the other settings", () => {
  it("are read", () => {
    const file = join(folderOfTest(), "ca.pem");
    writeFileSync(file, certPem);
    const config = {
      ...token,
      "gitlab:retries": "3",
      "gitlab:insecure": "True",
      "gitlab:headers": '{"X-A":"b"}',
      "gitlab:cacertFile": file,
      "gitlab:clientCert": certPem,
      "gitlab:clientKey": keyPem,
    };
    expect(read(config)).toMatchObject({
      retries: 3,
      insecure: true,
      headers: { "X-A": "b" },
      ca: certPem,
      clientCert: certPem,
      clientKey: keyPem,
    });
    expect(read(token)).toMatchObject({ retries: 10, insecure: false, headers: {} });
    expect(read({ ...token, "gitlab:insecure": "0" }).insecure).toBe(false);
    expect(read(token, { GITLAB_CLIENT_CERT: certPem, GITLAB_CLIENTKEY: keyPem })).toMatchObject({
      clientCert: certPem,
      clientKey: keyPem,
    });
    const combined = certPem + keyPem;
    expect(read({ ...token, "gitlab:clientCert": combined })).toMatchObject({
      clientCert: combined,
      clientKey: combined,
    });
  });

  it("name the absolute path of a file that cannot be read", () => {
    expect(() => read({ ...token, "gitlab:cacertFile": "certificates/ca.pem" })).toThrow(
      JSON.stringify(join(process.cwd(), "certificates", "ca.pem")),
    );
  });

  it.each([
    [{ "gitlab:retries": "many" }, /^gitlab:retries cannot be used; wanted: a whole number from 0 to 100$/],
    [{ "gitlab:retries": "-1" }, /^gitlab:retries is "-1"/],
    [{ "gitlab:insecure": "maybe" }, /^gitlab:insecure cannot be used; wanted: true or false$/],
    [
      { "gitlab:cacertFile": "/does/not/exist" },
      /^gitlab:cacertFile names a file that cannot be read \(ENOENT\): "\/does\/not\/exist"$/,
    ],
    [
      { "gitlab:clientKey": keyPem },
      /^gitlab:clientKey is set without a client certificate; wanted: gitlab:cl/,
    ],
    [
      { "gitlab:clientCert": certPem },
      /^gitlab:clientCert is set without its private key; wanted: gitlab:cli/,
    ],
    [
      { "gitlab:cacertFile": keyPem },
      /^gitlab:cacertFile contains no certificate; wanted: certificates in PEM$/,
    ],
    [{ "gitlab:cacertFile": __filename }, /^gitlab:cacertFile contains no certificate/],
    [{ "gitlab:cacertFile": certPem.replace(/\n.{8}/, "\nAAAAAAAA") }, /contains an unreadable certificate/],
    [
      { "gitlab:clientCert": certPem, "gitlab:clientKey": otherKeyPem },
      /^gitlab:clientCert and gitlab:clientKey do not belong together; wanted: a certificate and its own key$/,
    ],
    [
      { "gitlab:clientCert": certPem, "gitlab:clientKey": encryptedKeyPem },
      /^gitlab:clientKey contains an encrypted key; wanted: a private key without a passphrase, in PEM$/,
    ],
    [
      { "gitlab:clientCert": certPem, "gitlab:clientKey": certPem },
      /^gitlab:clientKey contains no readable private key/,
    ],
    [{ "gitlab:headers": "secret" }, /^gitlab:headers cannot be used; wanted: a JSON object/],
    [{ "gitlab:headers": '["secret"]' }, /^gitlab:headers cannot be used/],
    [{ "gitlab:headers": '{"a":5}' }, /^gitlab:headers cannot be used/],
  ])("are refused by the name of their source: %j", (config, message) => {
    expect(() => read({ ...token, ...config })).toThrow(message);
  });

  it("name deleted owners as JSON or with commas", () => {
    const deleted = (value?: string, kind: "project" | "group" = "project") =>
      deletedOwners(kind, (key) => (key.includes("deleted") ? value : undefined), {});
    expect(deleted()).toEqual([]);
    expect(deleted('["acme/old", 42]')).toEqual(["acme/old", "42"]);
    expect(deleted("acme/old, 42,")).toEqual(["acme/old", "42"]);
    const byOldKey = (key: string) => (key === "gitlab:deletedProjects" ? "acme/old" : undefined);
    expect(deletedOwners("project", byOldKey, {})).toEqual(["acme/old"]);
    const both = (key: string) => (key === "gitlab-deploy-tokens:deletedProjects" ? "new" : byOldKey(key));
    expect(deletedOwners("project", both, { GITLAB_DELETED_PROJECTS: "env" })).toEqual(["new"]);
    expect(() => deleted("[{}]")).toThrow(
      "gitlab-deploy-tokens:deletedProjects cannot be used; wanted: a list",
    );
    expect(() => deleted("[", "group")).toThrow("gitlab-deploy-tokens:deletedGroups cannot be used");
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
