import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import {
  type DeployTokenSource,
  deployTokenScopes,
  dockerConfigJson,
  GroupDeployToken,
  gitCredentialsUrl,
  npmrc,
  ProjectDeployToken,
  pipIndexUrl,
  RotatingGroupDeployToken,
  RotatingProjectDeployToken,
} from "../../provider/index.js";
import { known } from "../support/pulumi.js";
import { useMocks } from "./support.js";

const mocks = useMocks();
const scopes = [...deployTokenScopes];
const slots = { scopes, rotateEveryDays: 90, rotationStart: "2027-01-01", username: "turn" };
const plain = { username: "gitlab+deploy-token-1", token: "gldt-abc", project: "acme/app" };
const helpers = { dockerConfigJson, gitCredentialsUrl, npmrc, pipIndexUrl };
const all = Object.entries(helpers) as [string, (token: DeployTokenSource) => pulumi.Output<string>][];
const project = () => new ProjectDeployToken("pull", { project: "acme/app", scopes });
const errorOf = (work: () => unknown): Error => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was refused");
};
const group = () => new GroupDeployToken("pull", { group: "acme", scopes });

describe("dockerConfigJson", () => {
  const auths = async (text: pulumi.Output<string>) =>
    (JSON.parse(await known(text)) as { auths: Record<string, unknown> }).auths;

  it("is equal to the files of docker login and of kubectl for a pull secret", async () => {
    expect(await auths(dockerConfigJson(project()))).toEqual({
      "registry.gitlab.com": {
        username: "gitlab+deploy-token-4",
        password: "gldt-value",
        auth: Buffer.from("gitlab+deploy-token-4:gldt-value").toString("base64"),
      },
    });
  });

  it.each(["registry.example.com", "localhost:5000/acme", "registry.test/acme/app", "[::1]:5000"])(
    "takes the registry %s",
    async (registry) => {
      const token = { ...plain, baseUrl: "https://gitlab.example.com" };
      expect(await auths(dockerConfigJson(token, { registry }))).toHaveProperty([registry]);
      const later = pulumi.output(Promise.resolve(registry));
      expect(await auths(dockerConfigJson(token, { registry: later }))).toHaveProperty([registry]);
    },
  );

  it.each([
    "https://registry.example.com",
    "registry.example.com/acme/",
    "registry.example.com//acme",
    "/acme",
    "",
    "a b",
    "registry:port",
    "registry:0",
    "registry:65536",
    "-x.test",
  ])("refuses the registry %j", (registry) => {
    expect(errorOf(() => dockerConfigJson(plain, { registry }))).toMatchObject({
      code: "invalid_argument",
      message: `dockerConfigJson: registry is ${JSON.stringify(registry)}; wanted: a host, such as "registry.example.com" or "registry.example.com:5050", or a path below it, such as "registry.example.com/acme/app"`,
    });
  });

  it("needs the registry for a GitLab other than gitlab.com", async () => {
    const token = { ...plain, baseUrl: "https://gitlab.example.com" };
    expect(() => dockerConfigJson(token)).toThrow(
      /^dockerConfigJson: registry is missing; wanted: .*; only that of https:\/\/gitlab\.com is known, not that of https:\/\/gitlab\.example\.com$/,
    );
  });
});

describe("gitCredentialsUrl", () => {
  it("is a line of .git-credentials: the host, without a path", async () => {
    const line = await known(gitCredentialsUrl(plain));
    expect(line).toBe("https://gitlab%2Bdeploy-token-1:gldt-abc@gitlab.com");
    const below = { ...plain, baseUrl: "http://example.com:8080/gitlab/" };
    expect(await known(gitCredentialsUrl(below))).toBe(
      "http://gitlab%2Bdeploy-token-1:gldt-abc@example.com:8080",
    );
  });

  it.each([
    ["acme/app", "/acme/app.git"],
    ["acme/platform/app.git", "/acme/platform/app.git"],
    ["acme/näme", "/acme/n%C3%A4me.git"],
  ])("is the address of %s to clone", async (path, address) => {
    const token = { ...plain, baseUrl: "https://example.com:8443/gitlab" };
    const url = await known(gitCredentialsUrl(token, { project: path }));
    expect(url).toBe(`https://gitlab%2Bdeploy-token-1:gldt-abc@example.com:8443/gitlab${address}`);
  });

  it("encodes characters that would end a user name or a value", async () => {
    const url = await known(gitCredentialsUrl({ username: "a+b_c.d-e", token: "x/y@z:%20#?" }));
    const { username, password, host } = new URL(url);
    expect(decodeURIComponent(username)).toBe("a+b_c.d-e");
    expect([decodeURIComponent(password), host]).toEqual(["x/y@z:%20#?", "gitlab.com"]);
  });

  it.each(["42", "app", "/acme/app", "acme//app", "acme/../app", "acme/app/", 42 as never])(
    "refuses the project %j",
    async (path) => {
      expect(() => gitCredentialsUrl(plain, { project: path })).toThrow(
        `gitCredentialsUrl: project is ${JSON.stringify(path)}; wanted: a full path such as "acme/app"`,
      );
    },
  );
});

describe("npmrc", () => {
  it("is the registry of the token's project by its id, and of its group with the projects of the files", async () => {
    expect(await known(npmrc(project(), { scope: "@acme" }))).toBe(
      "@acme:registry=https://gitlab.com/api/v4/projects/42/packages/npm/\n" +
        "//gitlab.com/api/v4/projects/42/packages/npm/:_authToken=gldt-value\n",
    );
    expect(await known(npmrc(group()))).toBe(
      "registry=https://gitlab.com/api/v4/groups/42/-/packages/npm/\n" +
        "//gitlab.com/api/v4/groups/42/-/packages/npm/:_authToken=gldt-value\n" +
        "//gitlab.com/api/v4/projects/:_authToken=gldt-value\n",
    );
  });

  it("is the registry of the project or group that an option names, also by its path, and at a GitLab below a path", async () => {
    const token = { ...plain, baseUrl: "http://example.com:8080/gitlab" };
    const host = "//example.com:8080/gitlab/api/v4";
    expect(await known(npmrc(token, { project: "acme/platform/lib" }))).toBe(
      `registry=http:${host}/projects/acme%2Fplatform%2Flib/packages/npm/\n` +
        `${host}/projects/acme%2Fplatform%2Flib/packages/npm/:_authToken=gldt-abc\n` +
        `${host}/projects/:_authToken=gldt-abc\n`,
    );
    expect(await known(npmrc(token, { group: 7 }))).toContain(
      `registry=http:${host}/groups/7/-/packages/npm/\n`,
    );
  });

  it.each(["acme", "@", "@acme/x", "@a b"])("refuses the scope %j", async (scope) => {
    expect(() => npmrc(plain, { scope })).toThrow(
      `npmrc: scope is ${JSON.stringify(scope)}; wanted: an npm scope such as "@acme"`,
    );
  });

  // biome-ignore lint/suspicious/noTemplateCurlyInString: npm would replace it
  it.each(["${HOME}", "a\nb", "a b", ""])("refuses the value %j without showing it", async (token) => {
    const { message } = errorOf(() => npmrc({ ...plain, token }));
    expect(message).toMatch(/^npmrc: (?:token is "\[secret\]"|the deploy token .* has no token)/);
    expect(message.includes("HOME")).toBe(false);
  });
});

describe("pipIndexUrl", () => {
  it("is the simple index of the token's project or group, or of a named one", async () => {
    const user = "gitlab%2Bdeploy-token-4:gldt-value";
    const api = `https://${user}@gitlab.com/api/v4`;
    expect(await known(pipIndexUrl(project()))).toBe(`${api}/projects/42/packages/pypi/simple`);
    expect(await known(pipIndexUrl(group()))).toBe(`${api}/groups/42/-/packages/pypi/simple`);
    const other = pipIndexUrl(group(), { project: pulumi.output("acme/platform/lib") });
    expect(await known(other)).toBe(`${api}/projects/acme%2Fplatform%2Flib/packages/pypi/simple`);
  });

  it("needs the project or group of the packages", async () => {
    const nobody = { username: "u", token: "t" };
    expect(() => pipIndexUrl(nobody)).toThrow(
      'pipIndexUrl: project is missing; wanted: an id or a full path, such as 42 or "acme/app", or group',
    );
    expect(() => pipIndexUrl(nobody, { project: 1, group: 2 })).toThrow(
      "pipIndexUrl: group is 2; wanted: either project or group, not both",
    );
    expect(() => pipIndexUrl(nobody, { group: "/acme" })).toThrow(
      'pipIndexUrl: group is "/acme"; wanted: the group\'s numeric id or its full path',
    );
  });
});

describe.each(all)("%s", (name, helper) => {
  it("accepts each resource, and each rotating component for its current token", async () => {
    vi.stubEnv("GITLAB_TESTING_TIME", "2027-02-15T00:00:00Z");
    const rotating = [
      new RotatingProjectDeployToken("p", { project: "acme/app", ...slots }),
      new RotatingGroupDeployToken("g", { group: "acme", ...slots }),
    ];
    for (const token of [project(), group(), ...rotating]) {
      expect(await known(helper(token))).toContain("gldt-value");
    }
    expect(await known(helper(rotating[0] as RotatingProjectDeployToken))).toMatch(/turn|_authToken=/);
  });

  it("is for the stack's GitLab if the token does not name one", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "https://gitlab.example.com/api/v4" });
    if (name === "dockerConfigJson")
      expect(() => helper(plain)).toThrow("not that of https://gitlab.example.com");
    else expect(await known(helper(plain))).toContain("gitlab.example.com");
  });

  it("refuses a token without a value, and says what to do", async () => {
    const nothing = { ...plain, token: undefined as unknown as string };
    expect(errorOf(() => helper(nothing))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining(
        `${name}: the deploy token "gitlab+deploy-token-1" has no token; wanted: one that this or another stack created.`,
      ),
    });
    const nobody = { ...plain, username: "" };
    expect(() => helper(nobody)).toThrow(`${name}: the deploy token has no username`);
  });

  it.each([
    [undefined, "its first argument is missing"],
    [pulumi.output({ username: "u", token: "gldt-1" }), "its first argument is an Output"],
    [{ username: "u", Token: "gldt-1" }, '"Token" is unknown; did you mean "token"?'],
    [{ username: "u", token: "gldt-1", base_url: "x" }, '"base_url" is unknown; did you mean "baseUrl"?'],
    [{ username: "a:b", token: "gldt-1" }, 'username is "a:b"'],
    [{ username: 7, token: "gldt-1" }, "username is 7"],
    [{ username: "u", token: 42 }, 'token is "[secret]"'],
    [{ username: "u", token: "gldt-1\n" }, 'token is "[secret]"'],
  ])("refuses %j", (source, reason) => {
    expect(() => dockerConfigJson(source as never, { registry: "registry.example.com" })).toThrow(
      `dockerConfigJson: ${reason}`,
    );
  });

  it.each([
    [{ registrry: "r.test", projet: "acme/app", grop: 7 }, "unknown; did you mean"],
    ["@acme", 'its arguments are "@acme"; wanted: an object'],
    [null, "its arguments are null; wanted: an object"],
  ])("refuses the options %j", (options, reason) => {
    const helperOf = helper as (token: DeployTokenSource, options: unknown) => unknown;
    const message = errorOf(() => helperOf(plain, options)).message;
    expect(message).toContain(`${name}: options: `);
    expect(message).toContain(reason);
  });

  it("warns about an unknown option", () => {
    const helperOf = helper as (token: DeployTokenSource, options: unknown) => unknown;
    helperOf(plain, { something: "else" });
    expect(vi.mocked(pulumi.log.warn).mock.calls[0]?.[0]).toContain(
      `${name}: options: "something" is ignored; known keys: `,
    );
  });

  it("names the mocks of a unit test that give no value (trust.md 7)", () => {
    expect(() => helper({ ...plain, token: undefined as never })).toThrow(
      "The mocks of this test return none: return token in the state from newResource (pulumi.runtime.setMocks).",
    );
  });

  it.each(["username", "token", "baseUrl"])("refuses Pulumi's text of an unknown value as %s", (key) => {
    const text = pulumi.runtime.unknownValue;
    expect(() => helper({ ...plain, [key]: text })).toThrow(
      `${key} is ${text}, Pulumi's placeholder for an unknown value; wanted: the value itself.`,
    );
    expect(() => helper({ ...plain, [key]: `x${text}` })).toThrow("pulumi up in the stack that has it");
  });

  it("refuses a malformed address", async () => {
    expect(() => helper({ ...plain, baseUrl: "gitlab.example.com" })).toThrow(
      `${name}: baseUrl is "gitlab.example.com"; wanted: a URL such as "https://gitlab.example.com"`,
    );
  });
});

it("an invalid argument is refused in a preview", async () => {
  await mocks.preview();
  const token = project();
  expect(() => dockerConfigJson(token, { registry: "https://x" })).toThrow("registry is");
  expect(() => gitCredentialsUrl(token, { project: "42" })).toThrow("project is");
  expect(() => npmrc(token, { scope: "acme" })).toThrow("scope is");
  expect(() => pipIndexUrl(token, { project: 1, group: 2 })).toThrow("not both");
});
