import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { useEmulator } from "./support.js";

const use = useEmulator();
const examples = resolve(__dirname, "..", "..", "examples");
const program = (name: string) => readFileSync(join(examples, name, "index.ts"), "utf8");
const example = (name: string, more: Parameters<typeof use.stack>[1] = {}) =>
  use.stack(program(name), { project: name, ...more });

describe("each example runs as it is", () => {
  it("quickstart", async () => {
    const stack = await example("quickstart");
    await stack.up();
    expect(await stack.outputs()).toMatchObject({ token: use.gitlab.deployTokens()[0]?.token });
    await stack.configure({ "quickstart:expiresAt": "2031-06-30" });
    expect((await stack.up()).changes).toEqual({ replaced: 1, unchanged: 1 });
    await stack.destroy();
    expect(use.gitlab.deployTokens()).toEqual([]);
  });

  it("rotation", async () => {
    const stack = await example("rotation");
    await stack.up();
    const before = (await stack.outputs())["token"];
    expect(use.gitlab.deployTokens().map(({ token }) => token)).toContain(before);
    await stack.configure({ "rotation:leak": "2031-04" });
    await stack.up();
    expect(use.gitlab.deployTokens().map(({ token }) => token)).not.toContain(before);
    await stack.destroy();
    expect(use.gitlab.deployTokens()).toEqual([]);
  });

  it("adopt", async () => {
    const value = "gldt-by-hand-0000000000";
    const { id } = use.gitlab.createDeployToken({
      project: "acme/app",
      name: "cluster pull",
      scopes: ["read_registry"],
    });
    const stack = await example("adopt", {
      config: { "adopt:deployTokenId": String(id) },
      secrets: { "adopt:pullToken": value },
    });
    await stack.up();
    await stack.pulumiRun(["config", "rm", "adopt:deployTokenId"]);
    await stack.pulumiRun(["config", "rm", "adopt:pullToken"]);
    expect((await stack.up()).changes).toEqual({ unchanged: 2 });
    expect(await stack.outputs()).toMatchObject({ token: value });
    expect(use.gitlab.deployTokens()).toHaveLength(1);
  });

  it("group-registry", async () => {
    const stack = await example("group-registry");
    const up = await stack.up();
    const token = String(use.gitlab.deployTokens()[0]?.token);
    expect(up.output).not.toContain(token);
    const { dockerConfigJson } = await stack.outputs();
    const auth = Buffer.from(`images:${token}`).toString("base64");
    expect(JSON.parse(String(dockerConfigJson))).toEqual({
      auths: { "registry.gitlab.com": { username: "images", password: token, auth } },
    });
  });
});

it("every example has a case (fleet: in fleet.test.ts), a page and a project", () => {
  const names = readdirSync(examples);
  expect(names.sort()).toEqual(["adopt", "fleet", "group-registry", "quickstart", "rotation"]);
  for (const name of names) {
    expect(readdirSync(join(examples, name))).toEqual(
      expect.arrayContaining(["README.md", "index.ts", "package.json"]),
    );
  }
});
