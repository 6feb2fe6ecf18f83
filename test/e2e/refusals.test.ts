import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { profile } from "../support/profile.js";
import { tokenProgram } from "../support/programs.js";
import { tokens } from "../support/run.js";
import { useEmulator } from "./support.js";

const use = useEmulator();
const base = { project: "acme/app", name: "pull", scopes: ["read_registry"] };

it("refuses every bad argument at preview, by its name, with the given and the wanted value", async () => {
  const stack = await use.stack(
    tokenProgram({
      project: "app",
      name: "  ",
      scopes: [],
      username: "no spaces",
      expiresAt: "soon",
      adopt: { deployTokenId: 0 },
    }),
  );
  const { output } = await stack.preview({ fails: true });
  for (const reason of [
    /project is "app"; wanted: the project's numeric id or its full path/,
    /name is " {2}"; wanted: 1 to 255 characters, not all blank/,
    /scopes is \[\]; wanted: a list of one or more scopes/,
    /username is "no spaces"; wanted: 1 to 255 letters/,
    /adopt is not valid; wanted: \{ deployTokenId/,
    /expiresAt is "soon"; wanted: a date such as/,
  ]) {
    expect(output).toMatch(new RegExp(`resource 'pull' has a problem: ${reason.source}`));
  }
  stack.program(tokenProgram({ ...base, expiresAt: "2020-01-01" }));
  const past = await stack.preview({ fails: true });
  expect(past.output).toContain('expiresAt is "2020-01-01"; wanted: a date in the future');
  expect(use.gitlab.requests).toEqual([]);
});

it("reports a mistake before any request: a misspelt argument or scope, and an access token of another GitLab", async () => {
  const stack = await use.stack(tokenProgram({ ...base, expires_at: "2030-01-01" }));
  expect((await stack.preview({ fails: true })).output).toContain(
    '"expires_at" is unknown; did you mean "expiresAt"?',
  );
  stack.program(tokenProgram({ ...base, scopes: ["readRegistry"] }));
  expect((await stack.up({ fails: true })).output).toContain('did you mean "read_registry"?');
  stack.program(tokenProgram(base));
  await stack.configure({}, { "gitlab:token": "" });
  const env = { GITLAB_BASE_URL: "http://127.0.0.1:9", GITLAB_TOKEN: tokens.owner };
  expect((await stack.up({ fails: true, env })).output).toContain(
    `GITLAB_TOKEN is for that one and is not sent to ${use.gitlab.url}`,
  );
  expect(use.gitlab.requests).toEqual([]);
});

// GitLab renames a marked project, and an old GitLab does not redirect from its old path.
it.runIf(profile.redirectsMoved)(
  "warns at create and at refresh of a project that is marked for deletion",
  async () => {
    use.gitlab.scheduleDeletion("project", "acme/app");
    const stack = await use.stack(tokenProgram(base));
    const warning = "is marked for deletion on";
    expect((await stack.up()).output).toContain(warning);
    expect((await stack.refresh()).output).toContain(warning);
  },
);

it("shows unknown values at preview, and checks them in up", async () => {
  const more = `const first = new ProjectDeployToken("first", { project: "acme/app", name: "first", scopes: ["read_registry"] });`;
  const args = {
    project: '=first.deployTokenId.apply(() => "acme/tools")',
    name: `=pulumi.concat("after ", first.deployTokenId)`,
    scopes: ['=first.deployTokenId.apply(() => "read_registry" as const)'],
    expiresAt: '=first.deployTokenId.apply(() => "2031-01-31")',
    username: `=first.deployTokenId.apply((id) => "user-" + id)`,
  };
  const stack = await use.stack(tokenProgram(args, { more }));
  expect((await stack.preview()).changes).toEqual({ created: 3 });
  await stack.up();
  expect(use.gitlab.deployTokens()).toMatchObject([
    {},
    {
      name: "after 1",
      username: profile.requiresExpiryAndUsername ? null : "user-1",
      ownerId: 2,
    },
  ]);
  // A replacement of the first resource makes the arguments of the second unknown, so the preview shows a
  // replacement.
  stack.program(tokenProgram(args, { more: more.replace('name: "first"', 'name: "changed"') }));
  expect((await stack.preview()).changes).toEqual({ replaced: 2, unchanged: 1 });
  expect((await stack.up()).changes).toEqual({ replaced: 2, unchanged: 1 });
  expect(use.gitlab.deployTokens()).toMatchObject([{ name: "changed" }, { name: "after 3" }]);
});

describe("an access token", () => {
  it("that is missing causes an error with the key and the variable", async () => {
    const stack = await use.stack(tokenProgram(base), {
      secrets: { "gitlab:token": "" },
      env: { CI_JOB_TOKEN: "x" },
    });
    const { output } = await stack.up({ fails: true });
    expect(output).toContain(
      "No access token for GitLab: set gitlab:token (pulumi config set --secret gitlab:token) or GITLAB_TOKEN",
    );
    expect(output).toContain("CI_JOB_TOKEN is set, but this package does not use it");
  });

  it.each([
    [
      "unknown",
      "glpat-unknown-00000001",
      /401 Unauthorized\. The access token from gitlab:token is not valid on http/,
    ],
    ["expired", tokens.expired, /401 Token is expired\./],
    ["revoked", tokens.revoked, /401 Token was revoked\./],
    [
      "of too small a scope",
      tokens.readApi,
      /403 The request requires higher privileges .*Give the access token the scope "api"/,
    ],
    [
      "of a developer",
      tokens.developer,
      /403 Forbidden\. The access token's user needs at least the role Maintainer in the project\./,
    ],
    [
      "of an outsider",
      tokens.outsider,
      /404 Project Not Found\. Either it does not exist or the access token's user cannot see it/,
    ],
    [
      "that is a deploy token",
      "gldt-abcdefghijklmnopqrst",
      /gitlab:token is a deploy token, which cannot manage deploy tokens/,
    ],
  ])(
    "%s: the error says what failed, why, and what to do, without the access token",
    async (_what, token, message) => {
      const stack = await use.stack(tokenProgram(base), { secrets: { "gitlab:token": token } });
      const { output } = await stack.up({ fails: true });
      expect(output).toMatch(message);
      expect(output).not.toContain(token);
      expect(use.gitlab.deployTokens()).toEqual([]);
      expect(await stack.tokens()).toEqual([]);
    },
  );

  it("from the environment is used if the configuration has none", async () => {
    const stack = await use.stack(tokenProgram(base), {
      secrets: { "gitlab:token": "" },
      config: { "gitlab:baseUrl": "" },
      env: { GITLAB_TOKEN: tokens.maintainer, GITLAB_BASE_URL: `${use.gitlab.url}/api/v4/` },
    });
    await stack.up();
    expect(use.gitlab.requests.every(({ user }) => user === "mia")).toBe(true);
  });

  it("that was rotated: destroy uses GITLAB_TOKEN for the same GitLab after a 401, and says so", async () => {
    const stack = await use.stack(tokenProgram(base));
    await stack.up();
    const rotated = use.gitlab.store.accessTokens;
    rotated.set(tokens.owner, {
      ...(rotated.get(tokens.owner) as NonNullable<ReturnType<typeof rotated.get>>),
      state: "revoked",
    });
    const refused = await stack.destroy({ fails: true });
    expect(refused.output).toContain("run pulumi up first");
    const other = await stack.destroy({ fails: true, env: { GITLAB_TOKEN: tokens.maintainer } });
    expect(other.output).toContain("run pulumi up first");
    const done = await stack.destroy({
      env: { GITLAB_TOKEN: tokens.maintainer, GITLAB_BASE_URL: use.gitlab.url },
    });
    expect(done.output).toContain("GITLAB_TOKEN worked and is used instead");
    expect(use.gitlab.deployTokens()).toEqual([]);
  });

  it("in plain text in the configuration causes a warning", async () => {
    const stack = await use.stack(tokenProgram(base));
    await stack.configure({ "gitlab:token": tokens.owner });
    expect((await stack.preview()).output).toContain(
      "gitlab:token is not a secret in the stack's configuration",
    );
  });
});

describe("a Provider", () => {
  let other: Emulator;
  beforeAll(async () => {
    other = await start();
  });
  afterAll(() => other.close());

  const program = (url: string) =>
    `import * as pulumi from "@pulumi/pulumi";
    import { GroupDeployToken, ProjectDeployToken, Provider } from "pulumi-gitlab-deploy-tokens";
    const internal = new Provider("internal", { baseUrl: "${url}", token: "${tokens.administrator}" });
    new ProjectDeployToken("here", { project: "acme/app", scopes: ["read_registry"] });
    new GroupDeployToken("there", { group: "acme", scopes: ["read_registry"] }, { provider: internal });
    class Team extends pulumi.ComponentResource {
      constructor(name: string, opts: pulumi.ComponentResourceOptions) {
        super("acme:index:Team", name, {}, opts);
        new ProjectDeployToken("below", { project: "acme/tools", scopes: ["read_registry"] }, { parent: this });
      }
    }
    new Team("team", { providers: [internal] });`;

  it("serves its resources in addition to the stack's GitLab, and keeps its credentials as secrets", async () => {
    const stack = await use.stack(program(other.url));
    await stack.up();
    expect(use.gitlab.deployTokens()).toMatchObject([{ name: "here" }]);
    expect(
      other
        .deployTokens()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["below", "there"]);
    const { text } = await stack.exported();
    expect(text).not.toContain(tokens.administrator);
    expect((await stack.up()).changes).toEqual({ unchanged: 6 });
    await stack.refresh();
    await stack.destroy();
    expect([...use.gitlab.deployTokens(), ...other.deployTokens()]).toEqual([]);
  });

  it("of another GitLab gets no credential of the environment, and neither does a look-up", async () => {
    const env = {
      GITLAB_BASE_URL: use.gitlab.url,
      GITLAB_TOKEN: tokens.administrator,
      GITLAB_HEADERS: '{"X-Gateway-Key":"of the stack"}',
    };
    const alone = (args: string) =>
      `import { GroupDeployToken, getGroupDeployTokensOutput, Provider } from "pulumi-gitlab-deploy-tokens";
      const provider = new Provider("internal", ${args});
      new GroupDeployToken("there", { group: "acme", scopes: ["read_registry"] }, { provider });`;
    other.clearRequests();
    const stack = await use.stack(alone(`{ baseUrl: "${other.url}" }`), { env });
    const failed = await stack.up({ fails: true });
    expect(failed.output).toContain(`No access token for ${other.url}: give its Provider a token`);
    const lookUp = 'export const found = getGroupDeployTokensOutput({ group: "acme" }, { provider }).tokens;';
    // Also where the Provider is unknown by a plain string.
    for (const baseUrl of [`"${other.url}"`, `Promise.resolve("${other.url}")`]) {
      stack.program(`${alone(`{ baseUrl: ${baseUrl} }`)}\n${lookUp}`);
      expect((await stack.preview({ fails: true })).output).toContain(`No access token for ${other.url}`);
    }
    expect(other.requests).toEqual([]);

    const given = `{ baseUrl: "${other.url}", token: "${tokens.owner}" }`;
    stack.program(`${alone(given)}\n${lookUp}`);
    await stack.preview();
    expect(other.requests.map(({ method }) => method)).toContain("GET");
    await stack.up();
    for (const { headers } of other.requests) expect(headers).not.toHaveProperty("x-gateway-key");

    // Another spelling of the stack's own GitLab.
    const same = await use.stack(alone(`{ baseUrl: "${use.gitlab.url}/api/v4/" }`), {
      env,
      secrets: { "gitlab:token": "" },
    });
    await same.up();
    expect(use.gitlab.requests[0]?.headers).toHaveProperty("x-gateway-key");
  });

  it("of the official package is refused in the constructor", async () => {
    const more =
      'class Official extends pulumi.ProviderResource { constructor() { super("gitlab", "official"); } }';
    const stack = await use.stack(tokenProgram(base, { more, opts: "{ provider: new Official() }" }), {
      stubPlugins: ["gitlab"],
    });
    const { output } = await stack.preview({ fails: true });
    expect(output).toContain(
      'ProjectDeployToken "pull": the option "provider" is an instance of the package "gitlab"',
    );
  });

  it("that is changed to another GitLab forgets, deletes and creates nothing there", async () => {
    const stack = await use.stack(tokenProgram(base));
    await stack.up();
    await stack.configure({ "gitlab:baseUrl": other.url });
    other.clearRequests();
    expect((await stack.preview()).changes).toEqual({ updated: 1, unchanged: 1 });
    const failed = await stack.up({ fails: true });
    expect(failed.output).toContain(`created on ${use.gitlab.url}, but ${other.url} is configured`);
    expect(other.requests.map(({ method }) => method)).toEqual(["GET"]);
    expect(await stack.tokens()).toHaveLength(1);
  });
});
