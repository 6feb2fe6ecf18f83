import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import {
  ciVariables,
  composerAuthJson,
  type DeployTokenCredentials,
  type DeployTokenSource,
  deployTokenScopes,
  dockerConfigJson,
  GroupDeployToken,
  gitCredentialsUrl,
  gradleProperties,
  helmRepositoriesYaml,
  helmRepositoryOpts,
  mavenSettingsXml,
  netrc,
  npmrc,
  nugetConfig,
  ProjectDeployToken,
  pipIndexUrl,
  pypirc,
  RotatingProjectDeployToken,
  terraformrc,
  uvPublishUrl,
  yarnrcYml,
} from "../../provider/index.js";
import { isKnown, isSecret, known } from "../support/pulumi.js";
import { useMocks } from "./support.js";

const mocks = useMocks();
const plain = { username: "gitlab+deploy-token-1", token: "gldt-abc", project: "acme/app" };
const other = { username: "two", token: "gldt-two", project: 42 };
const scopes = [...deployTokenScopes];
const port = { ...plain, baseUrl: "http://example.com:8080/gitlab" };

type Helper = (token: DeployTokenSource) => pulumi.Output<unknown>;
/** Each helper with its required options, and a scope that does not suffice. */
const helpers: Readonly<Record<string, { readonly write: Helper; readonly useless: string }>> = {
  ciVariables: { write: (token) => ciVariables(token, { prefix: "X" }), useless: "" },
  composerAuthJson: { write: composerAuthJson, useless: "read_repository" },
  dockerConfigJson: { write: dockerConfigJson, useless: "read_package_registry" },
  gitCredentialsUrl: { write: gitCredentialsUrl, useless: "read_registry" },
  gradleProperties: { write: gradleProperties, useless: "read_registry" },
  helmRepositoriesYaml: { write: helmRepositoriesYaml, useless: "write_registry" },
  helmRepositoryOpts: { write: helmRepositoryOpts, useless: "read_virtual_registry" },
  mavenSettingsXml: { write: mavenSettingsXml, useless: "write_virtual_registry" },
  netrc: { write: netrc, useless: "read_registry" },
  npmrc: { write: npmrc, useless: "read_repository" },
  nugetConfig: { write: nugetConfig, useless: "read_repository" },
  pipIndexUrl: { write: pipIndexUrl, useless: "read_repository" },
  pypirc: { write: pypirc, useless: "read_package_registry" },
  terraformrc: { write: terraformrc, useless: "read_repository" },
  uvPublishUrl: { write: uvPublishUrl, useless: "read_package_registry" },
  yarnrcYml: { write: yarnrcYml, useless: "read_repository" },
};
const all = Object.entries(helpers).map(([name, helper]) => ({ name, ...helper }));
const text = async (output: pulumi.Output<unknown>) => JSON.stringify(await known(output));

describe.each(all)("$name", ({ name, write, useless }) => {
  it("accepts resources, the current token of a rotation, and another stack's outputs", async () => {
    vi.stubEnv("GITLAB_TESTING_TIME", "2027-02-15T00:00:00Z");
    const rotation = { project: "acme/app", scopes, rotateEveryDays: 90, rotationStart: "2027-01-01" };
    const sources = [
      new ProjectDeployToken("p", { project: "acme/app", scopes }),
      new RotatingProjectDeployToken("r", { ...rotation }),
      { ...plain, username: pulumi.output("u"), token: pulumi.secret("gldt-value") },
      // Plain text becomes a secret.
      { ...plain, token: "gldt-value" },
    ];
    for (const source of sources) {
      const output = write(source);
      expect(await text(output)).toContain("gldt-value");
      expect(await isSecret(output)).toBe(true);
    }
  });

  it("is unknown, and a secret, in the preview of a token that is not created yet", async () => {
    await mocks.preview();
    const output = write(new ProjectDeployToken("p", { project: "acme/app", scopes }));
    expect([await isKnown(output), await isSecret(output)]).toEqual([false, true]);
  });

  it("refuses a token whose known scopes GitLab would refuse, and accepts unknown ones", async () => {
    if (useless !== "") {
      const source = { ...plain, scopes: [useless] };
      expect(() => write(source)).toThrow(`${name}: the token's scopes are ${useless}; wanted for `);
    }
    expect(await text(write({ ...plain, scopes: ["read_everything"] }))).toContain("gldt-abc");
    expect(await text(write({ ...plain, scopes: undefined }))).toContain("gldt-abc");
    expect(await text(write({ ...plain, scopes: scopes.map((scope) => pulumi.output(scope)) }))).toContain(
      "gldt-abc",
    );
  });

  it("does not show a value that it refuses", () => {
    expect(() => write({ ...plain, token: "two words" })).toThrow(/token is "?\[secret\]"?; wanted/);
  });
});

describe("several tokens in one file", () => {
  it.each([
    ["npmrc", npmrc, { scope: "@a" }, { scope: "@b" }],
    ["yarnrcYml", yarnrcYml, { scope: "@a" }, { scope: "@b" }],
    ["dockerConfigJson", dockerConfigJson, { registry: "a.test" }, { registry: "b.test" }],
    ["pypirc", pypirc, {}, { repository: "other" }],
    ["mavenSettingsXml", mavenSettingsXml, {}, { id: "other" }],
    ["gradleProperties", gradleProperties, {}, { name: "other" }],
    ["nugetConfig", nugetConfig, {}, { source: "other" }],
    ["helmRepositoriesYaml", helmRepositoriesYaml, {}, { name: "other" }],
    ["netrc", netrc, {}, {}],
    ["composerAuthJson", composerAuthJson, {}, {}],
    ["terraformrc", terraformrc, {}, {}],
  ] as readonly [string, (token: unknown) => pulumi.Output<string>, object, object][])(
    "%s takes two tokens, and refuses the same key twice",
    async (name, write, first, second) => {
      const elsewhere = { ...other, baseUrl: "https://gitlab.example.com" };
      const both = await known(
        write([
          { token: { ...plain, project: 7 }, ...first },
          { token: elsewhere, ...second },
        ]),
      );
      expect(both).toContain("gldt-abc");
      expect(both).toContain("gldt-two");
      const twice = [
        { token: plain, ...first },
        { token: other, ...first },
      ];
      expect(() => write(twice)).toThrow(
        new RegExp(`^${name}\\[1\\]: .+ appears twice; wanted: once in the file$`),
      );
    },
  );

  it("have their own options and scopes each", () => {
    const entry = { token: plain, scope: "@a" };
    expect(() => npmrc([entry], { scope: "@b" })).toThrow(
      "npmrc: its second argument is given together with a list; wanted: options in each entry",
    );
    expect(() => npmrc([entry, { token: other, scope: "b" }])).toThrow('npmrc[1]: scope is "b"');
    expect(() => npmrc([entry, { token: { ...other, scopes: ["read_registry"] } }])).toThrow(
      "npmrc[1]: the token's scopes are read_registry",
    );
    expect(() => npmrc([])).toThrow("npmrc: its first argument is an empty list; wanted: an entry");
  });

  it.each([[new Array(1)], [[null]], [[plain]], [["text"]]])("are no %j", (list) => {
    expect(() => npmrc(list as never)).toThrow(
      /^npmrc\[0\] is .+; wanted: an object with token, a deploy token$/,
    );
  });

  it("cannot be a plain list of resources, nor in a format with room for one token", () => {
    const resource = new ProjectDeployToken("p", { project: "acme/app", scopes });
    expect(() => npmrc([resource] as never)).toThrow("npmrc[0] is ");
    expect(() => pipIndexUrl([plain] as never)).toThrow(
      "pipIndexUrl: its first argument is a list; wanted: one deploy token",
    );
  });
});

describe("dockerConfigJson", () => {
  const keys = async (output: pulumi.Output<string>) =>
    Object.keys((JSON.parse(await known(output)) as { auths: object }).auths);
  const group = (...held: string[]): DeployTokenCredentials => ({
    username: "u",
    token: "gldt-1",
    group: "acme",
    baseUrl: "https://gitlab.example.com:8443/gitlab",
    scopes: held,
  });

  it("has the dependency proxy under GitLab's own host, alone or together with a registry", async () => {
    const both = group("read_registry", "write_registry");
    expect(await keys(dockerConfigJson(both, { dependencyProxy: true }))).toEqual([
      "gitlab.example.com:8443",
    ]);
    const options = { registry: "registry.example.com", dependencyProxy: pulumi.output(true) };
    expect(await keys(dockerConfigJson(both, options))).toEqual([
      "registry.example.com",
      "gitlab.example.com:8443",
    ]);
    const virtual = group("read_virtual_registry", "write_virtual_registry");
    expect(await keys(dockerConfigJson(virtual, { dependencyProxy: true }))).toHaveLength(1);
  });

  it("refuses a dependency proxy without both scopes, or with a project's token", () => {
    expect(() => dockerConfigJson(group("read_registry"), { dependencyProxy: true })).toThrow(
      "dockerConfigJson: the token's scopes are read_registry; wanted for the dependency proxy: read_registry and write_registry, or read_virtual_registry and write_virtual_registry",
    );
    expect(() => dockerConfigJson(plain, { dependencyProxy: true })).toThrow(
      "dockerConfigJson: dependencyProxy is true; wanted: a token of a group, because the dependency proxy belongs to a group",
    );
    expect(() => dockerConfigJson(plain, { dependencyProxy: "yes" as never })).toThrow(
      'dockerConfigJson: dependencyProxy is "yes"; wanted: true or false',
    );
  });

  it("has a login for each path of one registry", async () => {
    const path = { token: other, registry: "registry.example.com/acme/app" };
    const config = dockerConfigJson([{ token: plain, registry: "registry.example.com" }, path]);
    expect(await keys(config)).toEqual(["registry.example.com", "registry.example.com/acme/app"]);
  });
});

describe("npmrc and yarnrcYml", () => {
  it("write the registry of the whole instance, and of several scopes", async () => {
    const packages = { ...plain, project: undefined, group: 7 };
    const entries = [
      { token: packages, scope: "@acme", instance: true },
      { token: packages, scope: "@tools" },
      { token: packages, project: 42 },
    ];
    const api = "//gitlab.com/api/v4";
    expect(await known(npmrc(entries))).toBe(
      `@acme:registry=https:${api}/packages/npm/\n` +
        `${api}/packages/npm/:_authToken=gldt-abc\n` +
        `${api}/projects/:_authToken=gldt-abc\n` +
        `@tools:registry=https:${api}/groups/7/-/packages/npm/\n` +
        `${api}/groups/7/-/packages/npm/:_authToken=gldt-abc\n` +
        `registry=https:${api}/projects/42/packages/npm/\n` +
        `${api}/projects/42/packages/npm/:_authToken=gldt-abc\n`,
    );
    expect(await known(yarnrcYml(entries))).toBe(`npmRegistryServer: "https:${api}/projects/42/packages/npm/"
npmAuthToken: "gldt-abc"
npmAlwaysAuth: true
npmScopes:
  "acme":
    npmRegistryServer: "https:${api}/packages/npm/"
    npmAuthToken: "gldt-abc"
    npmAlwaysAuth: true
  "tools":
    npmRegistryServer: "https:${api}/groups/7/-/packages/npm/"
    npmAuthToken: "gldt-abc"
    npmAlwaysAuth: true
npmRegistries:
  "${api}/packages/npm":
    npmAuthToken: "gldt-abc"
    npmAlwaysAuth: true
  "${api}/projects":
    npmAuthToken: "gldt-abc"
    npmAlwaysAuth: true
  "${api}/groups/7/-/packages/npm":
    npmAuthToken: "gldt-abc"
    npmAlwaysAuth: true
  "${api}/projects/42/packages/npm":
    npmAuthToken: "gldt-abc"
    npmAlwaysAuth: true
`);
  });

  it("yarnrcYml allows the host of a GitLab without TLS, which Yarn would refuse", async () => {
    expect(await known(yarnrcYml(port, { project: 1 }))).toMatch(
      /\nunsafeHttpWhitelist:\n {2}- "example.com"\n$/,
    );
  });

  it.each([
    ["npmrc", npmrc],
    ["yarnrcYml", yarnrcYml],
  ])("%s refuses two tokens for files that only one of them can read", async (name, write) => {
    const entry = (token: object, scope: string) => ({
      token: { ...plain, ...token },
      scope,
      instance: true,
    });
    expect(() => write([entry({}, "@a"), entry(other, "@b")])).toThrow(
      new RegExp(
        `^${name}\\[1\\]: //gitlab.com/api/v4/\\S+ already has another token; wanted: one token for all`,
      ),
    );
  });

  it.each([
    [{ instance: true, group: 7 }, "instance is true; wanted: either instance, or project or group"],
    [{ instance: "yes" }, 'instance is "yes"; wanted: true or false'],
  ])("refuse %j", (options, reason) => {
    expect(() => npmrc(plain, options as never)).toThrow(`npmrc: ${reason}`);
    expect(() => yarnrcYml(plain, options as never)).toThrow(`yarnrcYml: ${reason}`);
  });
});

describe("uploads of Python packages", () => {
  it("go to a project, by name or by URL", async () => {
    expect(
      await known(
        pypirc([
          { token: port, project: 7 },
          { token: other, repository: "two" },
        ]),
      ),
    ).toBe(
      `[distutils]
index-servers =
    gitlab
    two

[gitlab]
repository = http://example.com:8080/gitlab/api/v4/projects/7/packages/pypi
username = gitlab+deploy-token-1
password = gldt-abc

[two]
repository = https://gitlab.com/api/v4/projects/42/packages/pypi
username = two
password = gldt-two
`,
    );
    expect(await known(uvPublishUrl(plain, { project: 7 }))).toBe(
      "https://gitlab%2Bdeploy-token-1:gldt-abc@gitlab.com/api/v4/projects/7/packages/pypi",
    );
  });

  it("need a project: a group has no such registry", () => {
    const group = { username: "u", token: "gldt-1", group: "acme" };
    for (const write of [pypirc, uvPublishUrl, helmRepositoriesYaml, helmRepositoryOpts]) {
      expect(() => write(group)).toThrow(/: project is missing; wanted: .+: a group has no such registry$/);
      expect(() => write(group, { project: 7 })).not.toThrow();
    }
  });
});

describe("the other files", () => {
  const group = new Map<string, () => pulumi.Output<string>>([
    [
      `{\n  "gitlab-token": {\n    "example.com:8080": {\n      "username": "gitlab+deploy-token-1",\n      "token": "gldt-abc"\n    }\n  }\n}\n`,
      () => composerAuthJson(port),
    ],
    ["gitlabAuthHeaderName=Deploy-Token\ngitlabAuthHeaderValue=gldt-abc\n", () => gradleProperties(plain)],
    ["machine example.com login gitlab+deploy-token-1 password gldt-abc\n", () => netrc(port)],
    [`credentials "example.com:8080" {\n  token = "gldt-abc"\n}\n`, () => terraformrc(port)],
    [
      `apiVersion: ""\nrepositories:\n  - name: "charts"\n    url: "http://example.com:8080/gitlab/api/v4/projects/7/packages/helm/devel"\n    username: "gitlab+deploy-token-1"\n    password: "gldt-abc"\n`,
      () => helmRepositoriesYaml(port, { project: 7, name: "charts", channel: "devel" }),
    ],
  ]);
  it.each([...group])("are %j", async (wanted, write) => {
    expect(await known(write())).toBe(wanted);
  });

  it("are XML with special characters escaped", async () => {
    const settings = await known(mavenSettingsXml({ ...plain, token: "a<b&c" }));
    expect(settings).toContain("<value>a&#60;b&#38;c</value>");
    expect(settings).toContain("<id>gitlab-maven</id>");
    const config = await known(nugetConfig(port, { project: 7, source: "acme" }));
    expect(config).toContain(
      '<add key="acme" value="http://example.com:8080/gitlab/api/v4/projects/7/packages/nuget/index.json" protocolVersion="3" allowInsecureConnections="true" />',
    );
    expect(config).toContain('<add key="ClearTextPassword" value="gldt-abc" />');
    expect(await known(nugetConfig(plain))).not.toContain("allowInsecure");
  });

  it("are an object for @pulumi/kubernetes, and a pair for CI/CD", async () => {
    expect(await known(helmRepositoryOpts(plain, { project: 7 }))).toEqual({
      repo: "https://gitlab.com/api/v4/projects/7/packages/helm/stable",
      username: "gitlab+deploy-token-1",
      password: "gldt-abc",
    });
    expect(await known(ciVariables(plain, { prefix: "PACKAGES" }))).toEqual([
      { key: "PACKAGES_USERNAME", value: "gitlab+deploy-token-1", masked: false, raw: true },
      { key: "PACKAGES_TOKEN", value: "gldt-abc", masked: true, raw: true },
    ]);
  });

  it.each([
    [
      () => mavenSettingsXml(plain, { id: "a b" }),
      'mavenSettingsXml: id is "a b"; wanted: a name of letters',
    ],
    [() => nugetConfig(plain, { source: "1" }), 'nugetConfig: source is "1"; wanted: a name of letters'],
    [() => pypirc(plain, { repository: "]" }), 'pypirc: repository is "]"; wanted: a name of letters'],
    [() => helmRepositoriesYaml(plain, { name: 'a"b' }), "helmRepositoriesYaml: name is"],
    [() => helmRepositoryOpts(plain, { channel: "a/b" }), 'helmRepositoryOpts: channel is "a/b"'],
    [
      () => gradleProperties(plain, { name: "my-repo" }),
      'gradleProperties: name is "my-repo"; wanted: letters',
    ],
    [
      () => ciVariables(plain, { prefix: "a-b" }),
      'ciVariables: prefix is "a-b"; wanted: letters, digits and _',
    ],
    [() => ciVariables(plain, {} as never), "ciVariables: prefix is missing"],
  ])("refuse names that their format cannot express: %s", (write, reason) => {
    expect(write).toThrow(reason);
  });
});

it("a group's token is for its packages if nothing else is named", async () => {
  const group = new GroupDeployToken("g", { group: "acme", scopes });
  expect(await known(nugetConfig(group))).toContain("/api/v4/groups/42/-/packages/nuget/index.json");
});
