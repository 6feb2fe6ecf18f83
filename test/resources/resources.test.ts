import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  GroupDeployToken,
  ProjectDeployToken,
  Provider,
  RotatingGroupDeployToken,
  RotatingProjectDeployToken,
} from "../../provider/index.js";
import { reference } from "../../provider/resources/reference.js";
import { folderOfTest } from "../support/folder.js";
import { known, secretMark, setMocks } from "../support/pulumi.js";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

let registered: Registered[];
let warnings: string[];

const settle = () => pulumi.runtime.disconnect();

beforeEach(async () => {
  registered = [];
  warnings = [];
  await setMocks(({ type, name, inputs, id }) => {
    registered.push({ type, name, inputs });
    return {
      id: id || `${inputs["project"] ?? inputs["group"]}:4`,
      state: { ...inputs, username: inputs["username"] ?? "gitlab+deploy-token-4", token: "gldt-value" },
    };
  });
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

  it("is one of two constant texts of at most 200 bytes, because states keep it for years", () => {
    expect(reference("group", true)).toBe(found);
    expect(reference("group", false)).toBe(strict);
    expect(Buffer.byteLength(reference("project", false))).toBeLessThanOrEqual(200);
  });

  it("is the short one if the program's folder finds the package by its name", () => {
    const folder = folderOfTest();
    const cwd = vi.spyOn(process, "cwd");
    const found = join(folder, "with", "node_modules", "pulumi-gitlab-deploy-tokens");
    mkdirSync(found, { recursive: true });
    writeFileSync(join(found, "lifecycle.js"), "");
    cwd.mockReturnValue(join(folder, "with"));
    expect(reference("group")).toBe(reference("group", true));
    cwd.mockReturnValue(folder);
    expect(reference("group")).toBe(reference("group", false));
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
    expect(await known(resource.username)).toBe("cluster");
    expect(await known(resource.id)).toBe(`${Object.values(owner)[0]}:4`);
    expect(await known(resource.token)).toBe("gldt-value");
  });

  it("computes in the program whether it is expired", async () => {
    vi.stubEnv("GITLAB_TESTING_TIME", "2027-01-31T00:00:00Z");
    expect(await known(create({ expiresAt: "2027-01-31" }).expired)).toBe(true);
    expect(await known(create({ expiresAt: "2027-01-31T00:00:01Z" }).expired)).toBe(false);
    expect(await known(create().expired)).toBe(false);
  });

  it("warns about an expiry in the past and an unknown scope", async () => {
    create({ expiresAt: "2020-01-01", scopes: ["read_registry", "readRegistry", "admin_all"] });
    await settle();
    expect(warnings).toEqual([
      expect.stringMatching(/^unknown scope "admin_all"; known scopes: read_repository, /),
      expect.stringMatching(/^expiresAt \(2020-01-01\) has passed/),
    ]);
  });

  it("recognizes its own instances, also of another copy of the package", () => {
    const other = Class.name === "ProjectDeployToken" ? GroupDeployToken : ProjectDeployToken;
    const resource = create();
    expect(Class.isInstance(resource)).toBe(true);
    expect(other.isInstance(resource)).toBe(false);
    expect(Class.isInstance({ __pulumiType: `pulumi-nodejs:dynamic/gitlab:${Class.name}` })).toBe(true);
    expect([undefined, null, {}, "x"].some((value) => Class.isInstance(value))).toBe(false);
  });

  it("refuses an instance of the official provider", () => {
    class Official extends pulumi.ProviderResource {
      constructor() {
        super("gitlab", "official");
      }
    }
    expect(() => create({}, { provider: new Official() })).toThrow(
      `${Class.name} "pull": the option "provider" is an instance of the package "gitlab"`,
    );
  });

  it("warns below a parent that has the official provider and none of this package", async () => {
    class Parent extends pulumi.ComponentResource {}
    const official = new (class extends pulumi.ProviderResource {})("gitlab", "official");
    const ours = new Provider("ours", { token: "t0ken" });
    create({}, { parent: new Parent("x:y:Z", "a", {}, { providers: [official] }) });
    create({}, { parent: new Parent("x:y:Z", "b", {}, { providers: [official, ours] }) });
    await settle();
    expect(warnings.filter((text) => text.includes("@pulumi/gitlab"))).toHaveLength(1);
  });

  it("reads an existing token by its id", async () => {
    const read = Class.get("legacy", `${Object.values(owner)[0]}:7`);
    expect(await known(read.id)).toBe(`${Object.values(owner)[0]}:7`);
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
  const secret = (value: string) => expect.objectContaining({ ...secretMark, value });

  it("accepts the configuration's keys, with credentials as secrets even from plain text", async () => {
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

  it("uses the stack's configuration for missing arguments", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "https://stack.test", "gitlab:token": "st4ck" });
    const { inputs } = await inputsOf({ retries: 1 });
    expect(inputs).toMatchObject({ "gitlab:baseUrl": "https://stack.test", "gitlab:token": secret("st4ck") });
  });

  it.each(["gitlab-deploy-tokens:deletedProjects", "gitlab:deletedProjects"])(
    "passes on the stack's %s under the key that 0.1.0 wrote, so that its row stays",
    async (key) => {
      pulumi.runtime.setAllConfig({ [key]: '["acme/old"]' });
      const { inputs } = await inputsOf({});
      expect(inputs).toEqual({ "gitlab:deletedProjects": '["acme/old"]' });
    },
  );

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
    ["a malformed one of the stack", { baseUrl: "https://other.test" }, "::"],
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

  it("sends the stack's credentials to another spelling of the same host", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "https://stack.test/api/v4/", "gitlab:token": "st4ck" });
    const { inputs } = await inputsOf({ baseUrl: "https://stack.test" });
    expect(inputs).toMatchObject({ "gitlab:token": secret("st4ck") });
  });

  it("inherits neither trust nor credentials for another GitLab (trust.md 5)", async () => {
    pulumi.runtime.setAllConfig({
      "gitlab:insecure": "true",
      "gitlab:cacertFile": "/etc/st4ck.pem",
      "gitlab:clientCert": "/etc/st4ck.crt",
    });
    const { inputs } = await inputsOf({ baseUrl: "https://other.test", token: "t0ken" });
    expect(inputs).toMatchObject({ "gitlab:insecure": "", "gitlab:cacertFile": "", "gitlab:clientCert": "" });
  });

  it("records the settings that it inherits, and their GitLab (pulumi-today.md 2)", async () => {
    pulumi.runtime.setAllConfig({
      "gitlab:token": "st4ck",
      "gitlab:insecure": "true",
      "gitlab:retries": "1",
    });
    const { inputs } = await inputsOf({ retries: 3 });
    expect(inputs["gitlab:inherited"]).toBe(
      '{"baseUrl":"https://gitlab.com","settings":["token","insecure"]}',
    );
    registered = [];
    expect((await inputsOf({ token: "own", insecure: false })).inputs).not.toHaveProperty("gitlab:inherited");
  });

  it("applies envVarMappings before it decides which GitLab it is (pulumi-today.md 2)", async () => {
    vi.stubEnv("OTHER_URL", "https://other.test");
    vi.stubEnv("OTHER_TOKEN", "0ther");
    pulumi.runtime.setAllConfig({ "gitlab:token": "st4ck" });
    const envVarMappings = {
      OTHER_URL: "GITLAB_BASE_URL",
      OTHER_TOKEN: "GITLAB_TOKEN",
      UNSET: "GITLAB_HEADERS",
    };
    new Provider("mapped", {}, { envVarMappings } as pulumi.ResourceOptions);
    new Provider("unset", {}, { envVarMappings: { UNSET: "GITLAB_BASE_URL" } } as pulumi.ResourceOptions);
    await settle();
    const [mapped, unset] = registered.map(({ inputs }) => inputs);
    expect(JSON.stringify(mapped)).not.toContain("st4ck");
    expect(mapped).toMatchObject({
      "gitlab:isOtherGitLab": "true",
      "gitlab:envVarMappings": JSON.stringify(envVarMappings),
    });
    expect(unset).toMatchObject({ "gitlab:token": secret("st4ck") });
  });

  it.each(["clientCert", "cacertFile"])(
    "keeps a PEM with a key in %s as a secret (trust.md 5)",
    async (name) => {
      const pem = "-----BEGIN CERTIFICATE-----\nx\n-----BEGIN PRIVATE KEY-----\nk3y";
      expect((await inputsOf({ [name]: pem })).inputs).toEqual({ [`gitlab:${name}`]: secret(pem) });
      registered = [];
      expect((await inputsOf({ [name]: pulumi.output(pem) })).inputs).toEqual({
        [`gitlab:${name}`]: secret(pem),
      });
      registered = [];
      pulumi.runtime.setAllConfig({ [`gitlab:${name}`]: pem });
      expect((await inputsOf({})).inputs).toMatchObject({ [`gitlab:${name}`]: secret(pem) });
      registered = [];
      expect((await inputsOf({ [name]: "/etc/x.pem" })).inputs).toEqual({ [`gitlab:${name}`]: "/etc/x.pem" });
    },
  );

  it.each([
    ["baseURL", "baseUrl"],
    ["Token", "token"],
    ["cacert_file", "cacertFile"],
    ["url", "baseUrl"],
    ["accessToken", "token"],
  ])("refuses %s: the token would go to another GitLab (trust.md 7)", (key, meant) => {
    expect(() => new Provider("p", { [key]: "x" } as never)).toThrow(
      `Provider "p": "${key}" is unknown; did you mean "${meant}"?`,
    );
  });

  it("refuses a malformed baseUrl at once, without showing a password", () => {
    expect(() => new Provider("p", { baseUrl: "gitlab.acme" })).toThrow(
      'Provider "p": baseUrl is "gitlab.acme"',
    );
    expect(() => new Provider("p", { baseUrl: "root:hunter2@host" })).toThrow(
      /^(?!.*hunter2).*user name or password/,
    );
  });

  it("warns about plain http", async () => {
    await inputsOf({ baseUrl: "http://gitlab.acme.test", token: "t0ken" });
    expect(warnings).toEqual([expect.stringContaining("http://gitlab.acme.test is plain http")]);
  });
});

describe("a mistake in the arguments is reported in one line (trust.md 7)", () => {
  const errorOf = (Class: unknown, args: unknown, opts?: unknown): Error => {
    try {
      new (Class as new (...all: unknown[]) => unknown)("pull", args, opts);
    } catch (error) {
      return error as Error;
    }
    throw new Error("nothing was refused");
  };
  const project = { project: "acme/app", scopes: ["read_registry"] };

  type Mistake = [Class: { readonly name: string }, args: unknown, reason: string];
  const ofProject = (more: object, reason: string): Mistake => [
    ProjectDeployToken,
    { ...project, ...more },
    reason,
  ];
  const rotating = (more: object, reason: string): Mistake => [
    RotatingProjectDeployToken,
    { ...project, rotateEveryDays: 90, ...more },
    reason,
  ];
  const scopes = ["read_registry"];
  it.each<Mistake>([
    ofProject({ expires_at: "2030-01-01" }, '"expires_at" is unknown; did you mean "expiresAt"?'),
    ofProject({ expiry: "2030-01-01" }, '"expiry" is unknown; did you mean "expiresAt"?'),
    [GroupDeployToken, { group: "acme", scope: scopes }, '"scope" is unknown; did you mean "scopes"?'],
    [GroupDeployToken, { groupId: 7, scopes }, '"groupId" is unknown; did you mean "group"?'],
    [ProjectDeployToken, "acme/app", 'its arguments are "acme/app"; wanted: an object with project'],
    [ProjectDeployToken, null, "its arguments are null; wanted: an object"],
    ofProject({ expiresAt: new Date(0) }, "expiresAt is a Date; wanted: a string"),
    ofProject({ scopes: new Set(scopes) }, "scopes is a Set; wanted: a list"),
    ofProject({ expiresAt: new (class Dayjs {})() }, "expiresAt is a Dayjs; wanted: a string"),
    ofProject({ scopes: new Map([["read_registry", true]]) }, "scopes is a Map; wanted: a list"),
    [
      GroupDeployToken,
      { group: new URL("https://gitlab.com/acme"), scopes: [] },
      "group is a URL; wanted: an id",
    ],
    rotating({ rotateEveryDays: "90" }, 'rotateEveryDays is "90"; wanted: a whole number'),
    [RotatingProjectDeployToken, { ...project, rotate_every_days: 90 }, 'did you mean "rotateEveryDays"?'],
    rotating({ expire: "false" }, 'expire is "false"; wanted: true or false'),
    rotating({ rotateWhenChanged: 5 }, "rotateWhenChanged is 5; wanted: a non-empty string"),
    [
      RotatingGroupDeployToken,
      { group: "acme", scopes: [], rotateEveryDays: 90, rotationStart: new Date(0) },
      "rotationStart is a Date; wanted",
    ],
    [RotatingGroupDeployToken, undefined, "its arguments are undefined; wanted: an object"],
  ])("%# %o", (Class, args, reason) => {
    const error = errorOf(Class, args);
    expect(error.message).toContain(`${Class.name} "pull": `);
    expect(error.message).toContain(reason);
    // Pulumi inspects the error and prints only the message, so the error has neither a stack nor a resource.
    expect(error).toMatchObject({ hideStack: true, __pulumResourceError: true });
    expect(error.stack).toBe(`ResourceError: ${error.message}`);
    expect(Object.keys(error)).not.toContain("resource");
    expect(error.message.split("\n")).toHaveLength(1);
  });

  it("a key of a wider object causes a warning", async () => {
    new ProjectDeployToken("pull", { ...project, tags: ["x"], owner: "me" } as never);
    await settle();
    expect(warnings).toEqual([
      'ProjectDeployToken "pull": "tags", "owner" are ignored; known keys: project, name, scopes, username, expiresAt, validatePastExpirationDate, adopt',
    ]);
  });

  it("deletedWith a deploy token is refused: the token would stay in GitLab (pulumi-today.md 3)", async () => {
    const other = new ProjectDeployToken("other", { project: 1, scopes: ["read_registry"] });
    const rotating = new RotatingProjectDeployToken("r", {
      project: 1,
      scopes: ["read_registry"],
      rotateEveryDays: 9,
    });
    for (const deletedWith of [other, rotating, rotating.current])
      expect(errorOf(ProjectDeployToken, project, { deletedWith }).message).toContain(
        "deletedWith is a deploy token",
      );
    class Project extends pulumi.ComponentResource {}
    const deletedWith = new Project("test:index:Project", "app");
    expect(() => new ProjectDeployToken("pull", project as never, { deletedWith })).not.toThrow();
    await settle();
  });

  it("hides the option import from the engine and adopts, which a preview notes", async () => {
    const info: string[] = [];
    vi.spyOn(pulumi.log, "info").mockImplementation(async (message) => void info.push(message));
    const registered: pulumi.runtime.MockResourceArgs[] = [];
    const newResource = (args: pulumi.runtime.MockResourceArgs) => {
      registered.push(args);
      return { id: "x", state: args.inputs };
    };
    await setMocks(newResource, { preview: true });
    new ProjectDeployToken("pull", project as never, { import: "acme/app:42" });
    new ProjectDeployToken("known", { ...project, adopt: { deployTokenId: 7, token: "gldt-x" } } as never, {
      import: "acme/app:7",
    });
    new ProjectDeployToken("none", project as never, { import: "" });
    new ProjectDeployToken("adopted", { ...project, adopt: { deployTokenId: 43 } } as never);
    await settle();
    await vi.waitFor(() => expect(info).toHaveLength(3));
    expect(info.sort()).toEqual([
      "deploy token 42 is taken over; no new token is created",
      "deploy token 43 is taken over; no new token is created",
      "deploy token 7 is taken over; no new token is created",
    ]);
    const adoptions = Object.fromEntries(registered.map(({ name, inputs }) => [name, inputs["adopt"]]));
    expect(adoptions).toEqual({
      pull: { import: "acme/app:42" },
      // One secret makes the whole object a secret.
      known: expect.objectContaining({
        value: { deployTokenId: 7, import: "acme/app:7", token: "gldt-x" },
      }),
      none: undefined,
      adopted: { deployTokenId: 43 },
    });
    expect(registered.map(({ id }) => id)).toEqual(["", "", "", ""]);
    expect(warnings).toEqual([]);
  });

  it("registers expiry and scopes as the state has them, and GitLab's own never as no expiry", async () => {
    const registered: unknown[] = [];
    const newResource = ({ inputs }: pulumi.runtime.MockResourceArgs) => {
      registered.push(inputs["expiresAt"]);
      expect(inputs["scopes"]).toEqual(["read_repository", "read_registry"]);
      return { id: "x", state: inputs };
    };
    await setMocks(newResource);
    const scopes = ["read_registry", "read_repository"];
    const project = { project: "acme/app", scopes };
    for (const expiresAt of ["3000-01-01", "3000-01-01T01:00:00+01:00", "2031-01-31"]) {
      new ProjectDeployToken(expiresAt, { ...project, expiresAt } as never);
    }
    const later = pulumi.output("3000-01-01");
    new ProjectDeployToken("later", { ...project, expiresAt: later } as never);
    await settle();
    await vi.waitFor(() => expect(registered).toHaveLength(4));
    expect(registered).toEqual(expect.arrayContaining([undefined, "2031-01-31T00:00:00.000Z"]));
    expect(registered.filter((each) => each === undefined)).toHaveLength(3);
  });
});

describe("the stack's configuration", () => {
  it.each([
    ["gitlab:tokne", "gitlab:token"],
    ["gitlab:cacert_file", "gitlab:cacertFile"],
    ["gitlab:configfile", "gitlab:configFile"],
    ["gitlab:something", undefined],
  ])("causes a warning for the unknown key %s", async (key, meant) => {
    pulumi.runtime.setAllConfig({ [key]: "x" });
    await create();
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    expect(warnings).toEqual([`${key} in the stack's configuration is unknown and is ignored${hint}`]);
  });

  it.each(["gitlab:baseURL", "gitlab:base_url", "gitlab:baseUri"])(
    "refuses %s alone, because gitlab.com would get the token; with a base URL it warns",
    async (key) => {
      pulumi.runtime.setAllConfig({ [key]: "https://gitlab.acme.test" });
      await expect(create()).rejects.toThrow(
        "did you mean gitlab:baseUrl? Without it the access token would be sent to",
      );
      expect(warnings).toEqual([expect.stringContaining("did you mean gitlab:baseUrl?")]);
      vi.stubEnv("GITLAB_BASE_URL", "https://gitlab.acme.test");
      await create();
    },
  );

  it("causes a warning for a private key in plain text", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:clientCert": "-----BEGIN PRIVATE KEY-----" });
    await create();
    expect(warnings).toEqual([expect.stringMatching(/^gitlab:clientCert is not a secret/)]);
  });

  const create = async () => {
    new ProjectDeployToken("pull", { project: 1, scopes: ["read_registry"] });
    await settle();
  };

  it("causes one warning for a gitlab:token in plain text", async () => {
    await setMocks(undefined, { stack: "clear" });
    pulumi.runtime.setAllConfig({ "gitlab:token": "clear" });
    await create();
    await create();
    expect(warnings).toEqual([expect.stringMatching(/^gitlab:token is not a secret/)]);
  });

  it("causes a warning for each key that has moved out of the official provider's namespace", async () => {
    pulumi.runtime.setAllConfig({
      "gitlab:deletedGroups": "acme",
      "gitlab:rotationTime": "2027-01-01",
      "gitlab-deploy-tokens:deletedProjects": "acme/old",
    });
    await create();
    expect(warnings).toEqual([
      expect.stringMatching(/^gitlab:deletedGroups .* is now gitlab-deploy-tokens:deletedGroups: rename it/),
      expect.stringMatching(/^gitlab:rotationTime .* is now gitlab-deploy-tokens:rotationTime: rename it/),
    ]);
  });

  it("causes no warning for a secret gitlab:token", async () => {
    pulumi.runtime.setAllConfig({ "gitlab:token": "secret" }, ["gitlab:token"]);
    await create();
    expect(warnings).toEqual([]);
  });

  it("warns about plain http and a set clock, and refuses a malformed address", async () => {
    vi.stubEnv("GITLAB_TESTING_TIME", "2027-01-01");
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "http://gitlab.acme.test" });
    await create();
    pulumi.runtime.setAllConfig({ "gitlab:baseUrl": "::" });
    await expect(create()).rejects.toThrow('gitlab:baseUrl is "::"; wanted: a URL');
    expect(warnings).toHaveLength(1 + Number(warnings.some((text) => text.includes("plain http"))));
    expect(warnings.join("\n")).toContain("GITLAB_TESTING_TIME is set");
  });
});
