import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { exampleFiles, exampleNames, installExamples, prepareExample } from "../engine/examples.js";
import { useEmulator, writes } from "./support.js";

const examples = resolve(__dirname, "..", "..", "examples");
const progress = (line: string) => void process.stderr.write(`${line}\n`);
const engine = inject("engine");
const use = useEmulator();
let internal: Emulator;
let below: string;
beforeAll(async () => {
  internal = await start();
  below = await installExamples(engine.packed, progress);
});
afterEach(() => internal.reset());
afterAll(() => internal.close());

async function example(name: string) {
  const scene = { engine, gitlab: use.gitlab, internal, progress };
  const { options, before, args = [], after } = await prepareExample(name, scene);
  const stack = await use.stack(exampleFiles(name), { project: name, below, ...options });
  await before?.(stack);
  return { stack, args, follow: async () => (await after?.(stack)) ?? "" };
}

const held = () => use.gitlab.deployTokens().map(({ token }) => token);

describe("each example runs as it is", () => {
  it("quickstart", async () => {
    const { stack } = await example("quickstart");
    await stack.up();
    expect(await stack.outputs()).toMatchObject({ token: held()[0] });
    await stack.configure({ "quickstart:expiresAt": "2031-06-30" });
    expect((await stack.up()).changes).toEqual({ replaced: 1, unchanged: 1 });
    await stack.destroy();
    expect(held()).toEqual([]);
  });

  it("rotation", async () => {
    const { stack } = await example("rotation");
    await stack.up();
    const before = (await stack.outputs())["token"];
    expect(held()).toContain(before);
    await stack.configure({ "rotation:leak": "2031-04" });
    await stack.up();
    expect(held()).not.toContain(before);
    await stack.destroy();
    expect(held()).toEqual([]);
  });

  it("adopt", async () => {
    const { stack } = await example("adopt");
    await stack.up();
    const { token } = await stack.outputs();
    expect(token).toMatch(/^gldt-by-hand-/);
    await stack.pulumiRun(["config", "rm", "adopt:deployTokenId"]);
    await stack.pulumiRun(["config", "rm", "adopt:pullToken"]);
    expect((await stack.up()).changes).toEqual({ unchanged: 2 });
    expect(await stack.outputs()).toMatchObject({ token });
    expect(held()).toHaveLength(1);
  });

  it("group-registry", async () => {
    const { stack } = await example("group-registry");
    const up = await stack.up();
    const token = String(held()[0]);
    expect(up.output).not.toContain(token);
    const { configJson } = await stack.outputs();
    const auth = Buffer.from(`images:${token}`).toString("base64");
    expect(JSON.parse(String(configJson))).toEqual({
      auths: { "registry.gitlab.com": { username: "images", password: token, auth } },
    });
  });

  it("several-gitlabs", async () => {
    const { stack } = await example("several-gitlabs");
    await stack.up();
    expect(await stack.outputs()).toEqual({
      imagesToken: held()[0],
      packagesToken: internal.deployTokens()[0]?.token,
      gitlabs: [use.gitlab.url, internal.url],
    });
    await stack.destroy();
    expect([...held(), ...internal.deployTokens()]).toEqual([]);
  });

  it("component", async () => {
    const { stack } = await example("component");
    await stack.up();
    const { pushToken, pullToken } = await stack.outputs();
    expect(use.gitlab.deployTokens()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ token: pushToken, scopes: ["read_registry", "write_registry"] }),
        expect.objectContaining({ token: pullToken, scopes: ["read_registry"] }),
      ]),
    );
    await stack.destroy();
    expect(held()).toEqual([]);
  });

  it("component: its own unit test", async () => {
    const { stack } = await example("component");
    const { code, stdout } = await stack.tool("vitest", ["run"], { NO_COLOR: "1" });
    expect(stdout).toMatch(/Tests +1 passed/);
    expect(code).toBe(0);
  });

  it("policy-pack", async () => {
    const { stack, args } = await example("policy-pack");
    const broken = { "policy-pack:push": "true", "policy-pack:name": "token", "policy-pack:days": "400" };
    await stack.configure(broken);
    const refused = await stack.preview({ args, fails: true });
    expect(refused.output).toContain("it has write_registry");
    expect(refused.output).toContain('its name is "token"');
    expect(refused.output).toContain("it expires only at");
    await stack.pulumiRun(["config", "rm-all", ...Object.keys(broken)]);
    const up = await stack.up({ args });
    expect(up.changes).toEqual({ created: 2 });
    expect(up.output).toMatch(/Policies:\s+\S* deploy-tokens@v1\.0\.0/u);
    await stack.destroy();
    expect(held()).toEqual([]);
  });

  it("fleet", async () => {
    const { stack } = await example("fleet");
    await stack.up();
    const outputs = (await stack.outputs()) as { tokens: Record<string, { token: string }> };
    expect(Object.keys(outputs.tokens)).toEqual([
      "acme/payments/api:cluster pull",
      "acme/payments/api:packages",
      "acme/payments:images",
    ]);
    expect(Object.values(outputs.tokens).map(({ token }) => token)).toEqual(expect.arrayContaining(held()));
    await stack.destroy();
    expect(held()).toEqual([]);
  });

  it("migration", async () => {
    const { stack } = await example("migration");
    expect((await stack.up()).changes).toMatchObject({ updated: 3 });
    expect((await stack.up()).changes).toEqual({ unchanged: 4 });
    expect(writes(use.gitlab)).toEqual([]);
    const { values } = (await stack.outputs()) as { values: string[] };
    expect(values.toSorted()).toEqual(held().toSorted());
  });

  it("es-module", async () => {
    use.gitlab.createDeployToken({ project: "acme/app", name: "by hand", scopes: ["read_repository"] });
    const { stack } = await example("es-module");
    await stack.up();
    expect(await stack.outputs()).toEqual({ token: held()[1], namesBefore: ["by hand"] });
    await stack.destroy();
    expect(held()).toHaveLength(1);
  });

  it("javascript", async () => {
    const { stack } = await example("javascript");
    await stack.up();
    expect(await stack.outputs()).toMatchObject({ token: held()[0] });
    await stack.destroy();
    expect(held()).toEqual([]);
  });

  it("ci-variable", async () => {
    const { stack, follow } = await example("ci-variable");
    const variables = () =>
      Object.fromEntries([...use.gitlab.store.variables].map((variable) => [variable.key, variable]));
    const username = { value: "packages", masked: false, protected: true };
    await stack.up();
    expect((await follow()).match(/made in acme\/tools/g)).toHaveLength(2);
    const before = variables()["PACKAGES_TOKEN"]?.value;
    expect(held()).toContain(before);
    expect(variables()).toMatchObject({ PACKAGES_USERNAME: username, PACKAGES_TOKEN: { masked: true } });
    await stack.configure({ "ci-variable:leak": "2031-04" });
    await stack.up();
    expect(await follow()).toContain("PACKAGES_TOKEN updated in acme/tools");
    const { PACKAGES_TOKEN: handedOver } = variables();
    expect(held()).toContain(handedOver?.value);
    expect(handedOver?.value).not.toBe(before);
  });

  // The engine's preview uses a stub of the plugin. The mocks show the content of the manifests.
  it("kubernetes-pull-secret", async () => {
    const files = exampleFiles("kubernetes-pull-secret");
    const project = "kubernetes-pull-secret";
    const stack = await use.stack(files, { project, below, stubPlugins: ["kubernetes"] });
    expect((await stack.preview()).changes).toEqual({ created: 5 });
    const { stdout, code } = await stack.tool("vitest", ["run"], { NO_COLOR: "1" });
    expect(stdout).toMatch(/Tests +1 passed/);
    expect(code).toBe(0);
  });

  const withPlugin = it.runIf(process.env["KUBERNETES_PLUGIN"] === "build");
  withPlugin("kubernetes-pull-secret: the manifests that the official plugin writes", async () => {
    const { stack, follow } = await example("kubernetes-pull-secret");
    await stack.up();
    const read = (file: string) => readFileSync(join(stack.folder, file), "utf8");
    const manifests = (await follow()).split("\n").map(read).join("\n---\n");
    const [, written = ""] = /\.dockerconfigjson: (\S+)$/m.exec(manifests) ?? [];
    const password = held()[0];
    const auth = Buffer.from(`cluster:${password}`).toString("base64");
    expect(JSON.parse(Buffer.from(written, "base64").toString())).toEqual({
      auths: { "registry.gitlab.com": { username: "cluster", password, auth } },
    });
    expect(manifests).toMatch(/kind: ServiceAccount$/m);
    expect(manifests).toMatch(/^imagePullSecrets:\n *- name: gitlab-registry$/m);
    expect((await stack.exported()).text).not.toContain(password);
    await stack.destroy();
    expect(held()).toEqual([]);
  });
});

it("every example has a test here, a page and a project", () => {
  // Two examples have their own test file.
  const others = '  it("fleet-workers", async  it("pipelines", async';
  const cases = `${readFileSync(__filename, "utf8")}${others}`;
  for (const name of exampleNames()) {
    expect(cases).toContain(`  it("${name}", async`);
    expect(readdirSync(join(examples, name))).toEqual(expect.arrayContaining(["README.md", "package.json"]));
  }
});
