import { describe, expect, it } from "vitest";
import { checkSettings, holdsPrivateKey, readConnection } from "../../provider/config.js";
import { configuredBaseUrl, findSetting } from "../../provider/find-setting.js";

const reader = (config: Record<string, string>) => (key: string) => config[key];
const read = (config: Record<string, string>, env: NodeJS.ProcessEnv = {}) =>
  readConnection(reader(config), env);
const theirs = { GITLAB_BASE_URL: "https://env.test" };
const ours = { "gitlab:baseUrl": "https://stack.test" };

describe("credentials of the environment go only to the GitLab that it names (trust.md 5)", () => {
  it.each([
    ["token", { GITLAB_TOKEN: "env-secret" }, {}],
    ["headers", { GITLAB_HEADERS: '{"X-Key":"env-secret"}' }, { "gitlab:token": "glpat-x" }],
    ["clientCert", { GITLAB_CLIENT_CERT: "-----BEGIN env-secret" }, { "gitlab:token": "glpat-x" }],
    ["clientKey", { GITLAB_CLIENTKEY: "-----BEGIN env-secret" }, { "gitlab:token": "glpat-x" }],
    ["cacertFile", { GITLAB_CACERT_FILE: "-----BEGIN env-secret" }, { "gitlab:token": "glpat-x" }],
    ["insecure", { GITLAB_INSECURE: "true" }, { "gitlab:token": "glpat-x" }],
  ])("%s for another GitLab is an error that names both addresses", (setting, env, config) => {
    const attempt = () => read({ ...ours, ...config }, { ...theirs, ...env });
    const variable = Object.keys(env)[0];
    expect(attempt).toThrow(
      `gitlab:baseUrl is https://stack.test, but GITLAB_BASE_URL is https://env.test: ${variable} is for that one and is not sent to https://stack.test.`,
    );
    expect(attempt).toThrow(`gitlab:${setting})`);
    expect(attempt).not.toThrow("env-secret");
    expect(() => checkSettings(reader({ ...ours, ...config }), { ...theirs, ...env })).toThrow(
      "is for that one",
    );
  });

  it("the stack's own credentials are used, and GITLAB_TOKEN is not tried", () => {
    const connection = read({ ...ours, "gitlab:token": "glpat-x" }, { ...theirs, GITLAB_TOKEN: "env" });
    expect(connection).toMatchObject({ baseUrl: "https://stack.test", token: "glpat-x" });
    expect(connection.secondToken).toBeUndefined();
  });

  it.each(["https://stack.test/", " https://STACK.test/api/v4 "])("%j is the same address", (url) => {
    expect(read(ours, { GITLAB_BASE_URL: url, GITLAB_TOKEN: "env" }).token).toBe("env");
  });

  it("an environment without an address belongs to the stack's GitLab", () => {
    expect(read(ours, { GITLAB_TOKEN: "env" })).toMatchObject({
      baseUrl: "https://stack.test",
      token: "env",
    });
    expect(read(ours, { GITLAB_TOKEN: "env", CI_SERVER_URL: "https://gitlab.com" }).token).toBe("env");
  });
});

describe("in a job of a self-managed GitLab without a base URL (trust.md 5)", () => {
  it.each([
    ["CI_SERVER_URL", "https://gitlab.acme.test"],
    ["CI_SERVER_URL", "https://gitlab.acme.test:8443/gitlab"],
    ["GITLAB_HOST", "gitlab.acme.test"],
    ["GITLAB_HOST", "https://gitlab.acme.test"],
    ["GL_HOST", "gitlab.acme.test"],
    ["GITLAB_URL", "https://gitlab.acme.test"],
    ["GL_URL", "https://gitlab.acme.test"],
  ])("gitlab.com is not guessed: %s=%s", (variable, value) => {
    const attempt = () => read({ "gitlab:token": "glpat-x" }, { [variable]: value });
    expect(attempt).toThrow(`No GitLab is configured, and ${variable} names https://gitlab.acme.test`);
    expect(attempt).toThrow("Set gitlab:baseUrl or GITLAB_BASE_URL to the one that is meant");
  });

  it("each variable is looked at, and a page of GitLab.com counts as GitLab.com", () => {
    const job = { CI_SERVER_URL: "https://gitlab.com", GITLAB_HOST: "gitlab.com" };
    expect(() => read({}, { ...job, GITLAB_TOKEN: "x", GL_URL: "https://gitlab.acme.test" })).toThrow(
      "GL_URL names https://gitlab.acme.test",
    );
    for (const page of ["https://gitlab.com/acme/app", "http://gitlab.com", "https://www.gitlab.com/"]) {
      expect(configuredBaseUrl(reader({}), { ...job, GITLAB_URL: page })).toBe("https://gitlab.com");
    }
  });

  it("variables that name several GitLabs give GITLAB_TOKEN to none of them", () => {
    const env = {
      CI_SERVER_URL: "https://gitlab.com",
      GITLAB_URL: "https://stack.test",
      GITLAB_TOKEN: "env",
    };
    expect(read({ ...ours, "gitlab:token": "glpat-x" }, env).secondToken).toBeUndefined();
  });

  it("an address that cannot be read never falls back to gitlab.com", () => {
    expect(() => read({}, { GITLAB_HOST: "user:pass@host" })).toThrow(
      "GITLAB_HOST names an address that is not a URL",
    );
    expect(() => read({}, { GITLAB_HOST: "user:pass@host" })).not.toThrow("pass");
  });

  it("a configured address is used, and a job of gitlab.com needs no address", () => {
    const job = { CI_SERVER_URL: "https://gitlab.acme.test" };
    expect(configuredBaseUrl(reader({ "gitlab:baseUrl": "https://gitlab.com" }), job)).toBe(
      "https://gitlab.com",
    );
    expect(configuredBaseUrl(reader({}), { ...job, ...theirs })).toBe("https://env.test");
    expect(configuredBaseUrl(reader({}), { CI_SERVER_URL: "https://gitlab.com" })).toBe("https://gitlab.com");
  });

  it("GITLAB_TOKEN is tried second on that GitLab only", () => {
    const env = { CI_SERVER_URL: "https://stack.test", GITLAB_TOKEN: "env" };
    const config = { ...ours, "gitlab:token": "glpat-x" };
    expect(read(config, env).secondToken?.token).toBe("env");
    expect(read(config, { ...env, CI_SERVER_URL: "https://other.test" }).secondToken).toBeUndefined();
  });

  it("the error of the command names its own flag", () => {
    const lookup = Object.assign(() => undefined, { isCommand: true });
    expect(() => readConnection(lookup, { GITLAB_HOST: "a.test" })).toThrow(
      "Set --base-url or GITLAB_BASE_URL",
    );
    expect(() => readConnection(lookup, {})).toThrow(/^No access token for GitLab: set GITLAB_TOKEN to a/);
  });
});

describe("a setting that a Provider took from the stack (pulumi-today.md 2)", () => {
  const inherited = {
    "gitlab:token": "st4ck",
    "gitlab:headers": '{"X-Key":"st4ck"}',
    "gitlab:insecure": "true",
    "gitlab:retries": "2",
    "gitlab:inherited": JSON.stringify({
      baseUrl: "https://gitlab.com",
      settings: ["token", "headers", "insecure"],
    }),
  };

  it("is used for the stack's GitLab", () => {
    expect(read(inherited)).toMatchObject({ token: "st4ck", headers: { "X-Key": "st4ck" }, insecure: true });
  });

  it("is not used if the provider's process sees another address", () => {
    const env = { GITLAB_BASE_URL: "https://other.test", GITLAB_TOKEN: "env" };
    expect(() => read(inherited, env)).toThrow(
      "No access token for https://other.test: give its Provider a token",
    );
    const own = { ...inherited, "gitlab:token": "0wn" };
    own["gitlab:inherited"] = JSON.stringify({
      baseUrl: "https://gitlab.com",
      settings: ["headers", "insecure"],
    });
    expect(read(own, env)).toMatchObject({ token: "0wn", headers: {}, insecure: false, retries: 2 });
    expect(JSON.stringify(read(own, env))).not.toMatch(/st4ck|env"/);
  });

  it("is not needed for variables of envVarMappings, which are the Provider's own", () => {
    const mapped = {
      ...inherited,
      "gitlab:isOtherGitLab": "true",
      "gitlab:envVarMappings": JSON.stringify({ OTHER_URL: "GITLAB_BASE_URL", OTHER_TOKEN: "GITLAB_TOKEN" }),
    };
    const env = { OTHER_URL: "https://other.test", OTHER_TOKEN: "0ther", GITLAB_TOKEN: "env" };
    expect(read(mapped, env)).toMatchObject({
      baseUrl: "https://other.test",
      token: "0ther",
      tokenSource: "OTHER_TOKEN",
    });
    const { OTHER_TOKEN: _, ...without } = env;
    expect(() => read(mapped, without)).toThrow("No access token for https://other.test");
  });
});

describe("a blank setting counts as unset", () => {
  it.each([" ", "\n", "\t "])("%j as GITLAB_TOKEN (trust.md 7)", (value) => {
    expect(() => read({}, { GITLAB_TOKEN: value })).toThrow("No access token for GitLab");
    expect(() => read({ "gitlab:token": value })).toThrow("No access token for GitLab");
    expect(findSetting("retries", reader({ "gitlab:retries": value }), { GITLAB_RETRIES: "3" })?.value).toBe(
      "3",
    );
    expect(configuredBaseUrl(reader({}), { GITLAB_BASE_URL: value })).toBe("https://gitlab.com");
  });
});

describe("no error shows a value that may be a credential (trust.md 5)", () => {
  it.each([
    "root:hunter2@host",
    "https://root:hunter2@host",
    "https://root:hun/ter2@host",
    "https://root:hunter2",
    "https://root:hunter2%40host",
    "ssh://git@host:hunter2",
    "https://host/?private_token=hunter2",
    "https://host/#hunter2",
    "hunter2 hunter2",
  ])("the base URL %s", (baseUrl) => {
    for (const attempt of [
      () => read({ "gitlab:token": "x", "gitlab:baseUrl": baseUrl }),
      () => read({ "gitlab:token": "x" }, { GITLAB_BASE_URL: baseUrl }),
    ]) {
      expect(attempt).toThrow(/(gitlab:baseUrl|GITLAB_BASE_URL) .*; wanted: a URL such as/);
      expect(attempt).not.toThrow(/hun|ter2/);
    }
  });

  it.each(["retries", "insecure", "headers", "deletedProjects"])("the value of %s", (setting) => {
    const config = { "gitlab:token": "x", [`gitlab:${setting}`]: '["glsecret-value"' };
    const attempt = () =>
      setting === "deletedProjects"
        ? findSetting("deletedProjects", reader(config), {}) && undefined
        : read(config);
    expect(attempt).not.toThrow("glsecret");
  });
});

describe("headers that the client sets itself, or that cannot be sent (field-reports.md 16, 17)", () => {
  it.each([
    ["Authorization", "Basic YTpi", "it carries the access token"],
    ["private-token", "glpat-x", "the access token has its own setting"],
    ["JOB-TOKEN", "x", "a CI job token cannot manage deploy tokens"],
    ["Content-Type", "text/plain", "it is always application/json"],
    ["X-Team", "Ω", "outside Latin-1"],
    ["X-Team", "a\r\nX-Other: b", "a line break"],
    ["X Team", "a", "not a valid header name"],
  ])("%s: %j is refused by name", (name, value, reason) => {
    const attempt = () => read({ "gitlab:token": "x", "gitlab:headers": JSON.stringify({ [name]: value }) });
    expect(attempt).toThrow(`gitlab:headers contains the header "${name}", which cannot be sent: `);
    expect(attempt).toThrow(reason);
    expect(attempt).not.toThrow("YTpi");
  });

  it("other headers are sent, also in Latin-1", () => {
    const headers = { "X-Team": "Zürich", "CF-Access-Client-Id": "a.b" };
    expect(read({ "gitlab:token": "x", "gitlab:headers": JSON.stringify(headers) }).headers).toEqual(headers);
  });
});

it("a PEM with a private key counts as a secret", () => {
  for (const kind of ["", "RSA ", "EC ", "ENCRYPTED "])
    expect(holdsPrivateKey(`-----BEGIN CERTIFICATE-----\n-----BEGIN ${kind}PRIVATE KEY-----\n`)).toBe(true);
  expect(holdsPrivateKey("-----BEGIN CERTIFICATE-----\nPRIVATE KEY")).toBe(false);
});
