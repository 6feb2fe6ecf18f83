import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GroupDeployToken, ProjectDeployToken, Provider } from "../../provider/index.js";
import { reference } from "../../provider/resources/reference.js";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

let registered: Registered[];
let warnings: string[];

const settle = () => pulumi.runtime.disconnect();
const resolved = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));

beforeEach(async () => {
  registered = [];
  warnings = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        registered.push({ type, name, inputs });
        return {
          id: id || `${inputs["project"] ?? inputs["group"]}:4`,
          state: { ...inputs, username: inputs["username"] ?? "gitlab+deploy-token-4", token: "gldt-value" },
        };
      },
      call: ({ inputs }) => inputs,
    },
    "project",
    "stack",
    false,
  );
  vi.spyOn(pulumi.log, "warn").mockImplementation(async (message) => void warnings.push(message));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  pulumi.runtime.setAllConfig({});
});

describe("the reference", () => {
  const found = 'exports.handler=()=>require("pulumi-gitlab-deploy-tokens/lifecycle").group';
  const strict = `let p=module.paths;p.push(...p.map(d=>d+"/.pnpm/node_modules"));${found}`;
  afterEach(() => vi.restoreAllMocks());

  it("is one of two constant texts of at most 200 bytes: states hold them for years", () => {
    expect(reference("group", true)).toBe(found);
    expect(reference("group", false)).toBe(strict);
    expect(Buffer.byteLength(reference("project", false))).toBeLessThanOrEqual(200);
  });

  it("is the short one where the program's folder finds the package by its name", () => {
    const folder = mkdtempSync(join(tmpdir(), "reference-"));
    const cwd = vi.spyOn(process, "cwd");
    try {
      const found = join(folder, "with", "node_modules", "pulumi-gitlab-deploy-tokens");
      mkdirSync(found, { recursive: true });
      writeFileSync(join(found, "lifecycle.js"), "");
      cwd.mockReturnValue(join(folder, "with"));
      expect(reference("group")).toBe(reference("group", true));
      cwd.mockReturnValue(folder);
      expect(reference("group")).toBe(reference("group", false));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.each([
  { Class: ProjectDeployToken, owner: { project: "acme/app" }, kind: "project" as const },
  { Class: GroupDeployToken, owner: { group: "acme" }, kind: "group" as const },
])("$Class.name", ({ Class, owner, kind }) => {
  const create = (args = {}, opts?: pulumi.CustomResourceOptions) =>
    new (
      Class as new (
        name: string,
        args: object,
        opts?: pulumi.CustomResourceOptions,
      ) => ProjectDeployToken
    )("pull", { ...owner, scopes: ["read_registry"], ...args }, opts);

  it("registers its type, its arguments and a constant reference of at most 200 bytes", async () => {
    create({ name: "cluster pull" });
    create();
    await settle();
    const [named, unnamed] = registered;
    const given = { ...owner, scopes: ["read_registry"], __provider: reference(kind) };
    expect(named).toEqual({
      type: `pulumi-nodejs:dynamic/gitlab:${Class.name}`,
      name: "pull",
      inputs: { ...given, name: "cluster pull" },
    });
    expect(unnamed?.inputs).toEqual({ ...given, defaultName: "pull" });
  });

  it("gives its outputs", async () => {
    const resource = create({ username: "cluster" });
    expect(await resolved(resource.username)).toBe("cluster");
    expect(await resolved(resource.id)).toBe(`${Object.values(owner)[0]}:4`);
    expect(await resolved(resource.token)).toBe("gldt-value");
  });

  it("works out in the program whether it is expired", async () => {
    vi.stubEnv("GITLAB_TESTING_TIME", "2027-01-31T00:00:00Z");
    expect(await resolved(create({ expiresAt: "2027-01-31" }).expired)).toBe(true);
    expect(await resolved(create({ expiresAt: "2027-01-31T00:00:01Z" }).expired)).toBe(false);
    expect(await resolved(create().expired)).toBe(false);
  });

  it("warns about an expiry that has passed and a scope that it does not know", async () => {
    create({ expiresAt: "2020-01-01", scopes: ["read_registry", "readRegistry", "admin_all"] });
    await settle();
    expect(warnings).toEqual([
      expect.stringMatching(/^scope "readRegistry" is none that .*; did you mean "read_registry"\?$/),
      expect.stringMatching(/^scope "admin_all" is none that .*\)$/),
      expect.stringMatching(/^expiresAt \(2020-01-01\) has passed/),
    ]);
  });

  it("knows its own, also of another copy of the package", () => {
    const other = Class.name === "ProjectDeployToken" ? GroupDeployToken : ProjectDeployToken;
    const resource = create();
    expect(Class.isInstance(resource)).toBe(true);
    expect(other.isInstance(resource)).toBe(false);
    expect(Class.isInstance({ __pulumiType: `pulumi-nodejs:dynamic/gitlab:${Class.name}` })).toBe(true);
    expect([undefined, null, {}, "x"].some((value) => Class.isInstance(value))).toBe(false);
  });

  it("refuses the official provider's instance", () => {
    class Official extends pulumi.ProviderResource {
      constructor() {
        super("gitlab", "official");
      }
    }
    expect(() => create({}, { provider: new Official() })).toThrow(
      `${Class.name} "pull": the option "provider" is an instance of the package "gitlab"`,
    );
  });

  it("warns below a parent that has the official provider and none of ours", async () => {
    class Parent extends pulumi.ComponentResource {}
    const official = new (class extends pulumi.ProviderResource {})("gitlab", "official");
    const ours = new Provider("ours", { token: "t0ken" });
    create({}, { parent: new Parent("x:y:Z", "a", {}, { providers: [official] }) });
    create({}, { parent: new Parent("x:y:Z", "b", {}, { providers: [official, ours] }) });
    await settle();
    expect(warnings.filter((text) => text.includes("@pulumi/gitlab"))).toHaveLength(1);
  });

  it("reads a token that exists by its id", async () => {
    const read = Class.get("legacy", `${Object.values(owner)[0]}:7`);
    expect(await resolved(read.id)).toBe(`${Object.values(owner)[0]}:7`);
    await settle();
    expect(registered[0]?.inputs).not.toHaveProperty("defaultName");
    expect(warnings).toEqual([]);
  });
});

describe("Provider", () => {
  const inputsOf = async (args: ConstructorParameters<typeof Provider>[1]) => {
    const provider = new Provider("internal", args);
    await settle();
    expect(registered[0]?.type).toBe("pulumi:providers:pulumi-nodejs");
    return { provider, inputs: registered[0]?.inputs ?? {} };
  };
  const secret = (value: string) =>
    expect.objectContaining({
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value,
    });

  it("takes the configuration's keys, its credentials as secrets even when given in the clear", async () => {
    const { inputs } = await inputsOf({
      baseUrl: "https://gitlab.acme.test",
      token: "t0ken",
      headers: { "X-Team": "a" },
      clientKey: "k",
      insecure: true,
      retries: 3,
      deletedProjects: ["acme/old", 42],
    });
    expect(inputs).toEqual({
      "gitlab:baseUrl": "https://gitlab.acme.test",
      "gitlab:token": secret("t0ken"),
      "gitlab:headers": secret('{"X-Team":"a"}'),
      "gitlab:clientKey": secret("k"),
      "gitlab:insecure": "true",
      "gitlab:retries": "3",
      "gitlab:deletedProjects": '["acme/old",42]',
      "gitlab:isOtherGitLab": "true",
    });
  });

  it("fills in what the stack configures", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "https://stack.test", "gitlab:token": "st4ck" });
    const { inputs } = await inputsOf({ retries: 1 });
    expect(inputs).toMatchObject({ "gitlab:baseUrl": "https://stack.test", "gitlab:token": secret("st4ck") });
  });

  it("sends the stack's credentials to no other host", async () => {
    pulumi.runtime.setAllConfig({
      "gitlab:baseUrl": "https://stack.test",
      "gitlab:token": "st4ck",
      "gitlab:retries": "2",
    });
    const { inputs } = await inputsOf({ baseUrl: "https://other.test" });
    expect(JSON.stringify(inputs)).not.toContain("st4ck");
    expect(inputs).toMatchObject({ "gitlab:baseUrl": "https://other.test", "gitlab:retries": "2" });
  });

  it.each([
    ["other", { baseUrl: "https://other.test" }, "https://stack.test"],
    ["the environment's, where the stack has another", { baseUrl: "" }, "https://stack.test"],
    ["an address that is none", { baseUrl: "::" }, "https://stack.test"],
    ["the stack's that is none", { baseUrl: "https://other.test" }, "::"],
  ] as const)(
    "tells the provider's process to send no credential of the environment to: %s",
    async (_, args, stack) => {
      pulumi.runtime.setAllConfig({ "gitlab:baseUrl": stack, "gitlab:headers": '{"X-Key":"st4ck"}' });
      const { inputs } = await inputsOf(args);
      expect(inputs).toMatchObject({ "gitlab:isOtherGitLab": "true" });
      expect(JSON.stringify(inputs)).not.toContain("st4ck");
    },
  );

  it("lets the environment's credentials go to the stack's own GitLab", async () => {
    vi.stubEnv("GITLAB_BASE_URL", "https://stack.test");
    const { inputs } = await inputsOf({ baseUrl: "https://stack.test/api/v4" });
    expect(inputs).not.toHaveProperty("gitlab:isOtherGitLab");
  });

  it("sends them to another spelling of the same host", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "https://stack.test/api/v4/", "gitlab:token": "st4ck" });
    const { inputs } = await inputsOf({ baseUrl: "https://stack.test" });
    expect(inputs).toMatchObject({ "gitlab:token": secret("st4ck") });
  });

  it("warns about plain http", async () => {
    await inputsOf({ baseUrl: "http://gitlab.acme.test", token: "t0ken" });
    expect(warnings).toEqual([expect.stringContaining("http://gitlab.acme.test is plain http")]);
  });
});

describe("the stack's configuration", () => {
  const create = async () => {
    new ProjectDeployToken("pull", { project: 1, scopes: ["read_registry"] });
    await settle();
  };

  it("draws a warning for a gitlab:token in the clear, once", async () => {
    await pulumi.runtime.setMocks(
      { newResource: ({ inputs }) => ({ id: "1:4", state: inputs }), call: ({ inputs }) => inputs },
      "p",
      "clear",
    );
    pulumi.runtime.setAllConfig({ "gitlab:token": "clear" });
    await create();
    await create();
    expect(warnings).toEqual([expect.stringMatching(/^gitlab:token is not a secret/)]);
  });

  it("draws none for a secret one", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:token": "secret" }, ["gitlab:token"]);
    await create();
    expect(warnings).toEqual([]);
  });

  it("draws a warning for plain http and for a set clock, none for an address that is none", async () => {
    vi.stubEnv("GITLAB_TESTING_TIME", "2027-01-01");
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "http://gitlab.acme.test" });
    await create();
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "::" });
    await create();
    expect(warnings).toHaveLength(1 + Number(warnings.some((text) => text.includes("plain http"))));
    expect(warnings.join("\n")).toContain("GITLAB_TESTING_TIME is set");
  });
});
