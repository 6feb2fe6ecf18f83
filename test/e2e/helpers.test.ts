import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Readers } from "../engine/readers.js";
import { occurrences } from "../support/programs.js";
import { useEmulator } from "./support.js";

const use = useEmulator();
let readers: Readers;
beforeAll(() => {
  readers = new Readers();
});
afterAll(() => readers.dispose());

const imports = `import { dockerConfigJson, gitCredentialsUrl, npmrc, pipIndexUrl, ProjectDeployToken, RotatingGroupDeployToken } from "pulumi-gitlab-deploy-tokens";
`;
const program = (name: string, registry: string) => `${imports}
const read = new ProjectDeployToken("read", { project: "acme/app", name: ${JSON.stringify(name)}, scopes: ["read_repository", "read_registry", "read_package_registry"] });
export const git = gitCredentialsUrl(read);
export const docker = dockerConfigJson(read, { registry: ${JSON.stringify(registry)} });
export const npm = npmrc(read, { scope: "@acme" });
export const pip = pipIndexUrl(read);
`;
const repository = () => `${use.gitlab.url}/acme/app.git`;
const host = () => new URL(use.gitlab.url).host;

describe("the output of a helper", () => {
  it("lets git clone work from up to destroy, and is a secret everywhere", async () => {
    const stack = await use.stack(program("one", host()));
    const printed = [(await stack.preview({ args: ["--diff"] })).output, (await stack.up()).output];
    const first = await stack.outputs();
    const token = use.gitlab.deployTokens()[0];
    const value = String(token?.token);
    const auth = Buffer.from(`gitlab+deploy-token-1:${value}`).toString("base64");
    const user = `gitlab%2Bdeploy-token-1:${value}@${host()}`;
    expect(first).toEqual({
      git: `http://${user}`,
      docker: JSON.stringify({
        auths: { [host()]: { username: "gitlab+deploy-token-1", password: value, auth } },
      }),
      npm: `@acme:registry=${use.gitlab.url}/api/v4/projects/1/packages/npm/\n//${host()}/api/v4/projects/1/packages/npm/:_authToken=${value}\n`,
      pip: `http://${user}/api/v4/projects/1/packages/pypi/simple`,
    });
    const clone = await readers.clone(repository(), String(first["git"]));
    expect([clone.code, readFileSync(join(clone.folder, "README.md"), "utf8")]).toEqual([0, "# app\n"]);

    stack.program(program("two", host()));
    printed.push((await stack.preview({ args: ["--diff"] })).output, (await stack.up()).output);
    const second = String((await stack.outputs())["git"]);
    expect((await readers.clone(repository(), String(first["git"]))).stderr).toContain(
      "HTTP Basic: Access denied.",
    );
    expect((await readers.clone(repository(), second)).code).toBe(0);

    const { text } = await stack.exported();
    const all = `${printed.join("\n")}\n${text}`;
    for (const secret of [value, auth, String(use.gitlab.deployTokens()[0]?.token)]) {
      expect(occurrences(all, secret)).toBe(0);
    }
    expect(printed[0]).toMatch(/git +: (?:\[secret\]|\[unknown\]|output<string>)/);

    await stack.destroy();
    expect((await readers.clone(repository(), second)).code).toBe(128);
  });

  it("is that of a rotating component's current token", async () => {
    const stack = await use.stack(`${imports}
const turn = new RotatingGroupDeployToken("turn", { group: "acme", scopes: ["read_repository"], rotateEveryDays: 90, overlapDays: 30, rotationStart: "2027-01-01" });
export const url = gitCredentialsUrl(turn, { project: "acme/app" });
`);
    const at = (instant: string) => ({ env: { GITLAB_TESTING_TIME: instant } });
    await stack.up(at("2027-02-15T00:00:00Z"));
    const first = String((await stack.outputs())["url"]);
    expect((await readers.cloneUrl(first)).code).toBe(0);
    await stack.up(at("2027-04-02T00:00:00Z"));
    const second = String((await stack.outputs())["url"]);
    expect(second).not.toBe(first);
    for (const url of [first, second]) expect((await readers.cloneUrl(url)).code).toBe(0);
  });
});

describe("a helper's wrong argument", () => {
  const diagnostics = (output: string) =>
    output
      .split("Diagnostics:")[1]
      ?.split("\n\n")[0]
      ?.trim()
      .split("\n")
      .map((line) => line.trim());

  it("is refused in the preview of a token that is not made yet, in one line", async () => {
    const registry = `https://${host()}`;
    const stack = await use.stack(program("one", registry));
    const { output } = await stack.preview({ fails: true });
    expect(diagnostics(output)).toEqual([
      "pulumi:pulumi:Stack (test-dev):",
      `error: dockerConfigJson: registry is "${registry}"; wanted: a host, such as "registry.example.com" or "registry.example.com:5050", or a path below it, such as "registry.example.com/acme/app"`,
    ]);
  });

  it("is refused in the preview of a token whose scopes a format cannot use, in one line", async () => {
    const stack = await use.stack(`${imports}
const read = new ProjectDeployToken("read", { project: "acme/app", scopes: ["read_registry"] });
export const npm = npmrc(read);
`);
    const { output } = await stack.preview({ fails: true });
    expect(diagnostics(output)).toEqual([
      "pulumi:pulumi:Stack (test-dev):",
      "error: npmrc: the token's scopes are read_registry; wanted for the package registry: read_package_registry, or write_package_registry",
    ]);
    expect(output).not.toMatch(/\n\s+at /);
  });

  it("is refused as soon as it is known, in one line", async () => {
    const { id } = use.gitlab.createDeployToken({
      project: "acme/app",
      name: "old",
      scopes: ["read_registry"],
    });
    const stack = await use.stack(`${imports}
const old = new ProjectDeployToken("old", { project: "acme/app", name: "old", scopes: ["read_registry"], adopt: { deployTokenId: ${id} } });
export const config = dockerConfigJson(old, { registry: "registry.example.com" });
`);
    const { output } = await stack.up({ fails: true });
    expect(diagnostics(output)).toContain(
      'error: dockerConfigJson: the deploy token "gitlab+deploy-token-1" has no token; wanted: one that this or another stack created. GitLab does not give the value of a token that was only read or looked up, or adopted without it: adopt it with its value, or create a new one.',
    );
    expect(output).not.toMatch(/\n\s+at /);
  });
});
