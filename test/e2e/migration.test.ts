import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { officialStack as official, restoreOfficialTokens } from "../engine/official-provider.js";
import { tokens } from "../support/run.js";
import { useEmulator, writes } from "./support.js";

const use = useEmulator();
const alias = (name: string) => `{ aliases: [{ type: "gitlab:index/${name}" }] }`;
const program = (
  scopes = '["read_registry", "read_repository"]',
) => `import { GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
const group = new GroupDeployToken("group", { group: "acme", name: "group packages", scopes: ["read_package_registry"] },
  ${alias("groupDeployToken:GroupDeployToken")});
const pull = new ProjectDeployToken("pull", { project: "acme/app", name: "cluster pull", username: "cluster",
  scopes: ${scopes}, expiresAt: "2031-01-31" }, ${alias("projectDeployToken:ProjectDeployToken")});
// The official provider chose the token's name.
const plain = new ProjectDeployToken("plain", { project: 2, scopes: ["read_registry"] },
  ${alias("projectDeployToken:ProjectDeployToken")});
export const values = [group.token, pull.token, plain.token];
export const ids = [group.deployTokenId, pull.deployTokenId, plain.deployTokenId];`;

/** A stack that the official provider's plugin 10.1.1 wrote, and its tokens in the emulator of GitLab. */
async function officialStack(text = program(), stubPlugins: readonly string[] = ["gitlab"]) {
  const values = restoreOfficialTokens(use.gitlab);
  const stack = await use.stack(text, { project: "mig", name: "m", stubPlugins });
  await stack.import(official("mig", "m"));
  return { stack, values };
}

it("takes over the official provider's tokens with their values and without a request, and then changes nothing", async () => {
  const { stack, values } = await officialStack();
  const up = await stack.up();
  expect(up.changes).toMatchObject({ updated: 3 });
  expect(await stack.outputs()).toEqual({ values, ids: [1, 2, 3] });
  expect(use.gitlab.requests).toEqual([]);
  expect((await stack.exported()).text).not.toContain("gldt-");
  expect((await stack.up()).changes).toEqual({ unchanged: 4 });
  expect(use.gitlab.requests).toEqual([]);
  expect((await stack.refresh()).code).toBe(0);
  expect(await stack.outputs()).toEqual({ values, ids: [1, 2, 3] });
  expect((await stack.up()).changes).toEqual({ unchanged: 4 });
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("needs the official plugin for a refresh, not for the takeover or a destroy right after it", async () => {
  const { stack } = await officialStack(program(), []);
  const refresh = await stack.refresh({ fails: true });
  expect(refresh.output).toContain("no resource plugin 'pulumi-resource-gitlab' found");
  await stack.up();
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("takes over first if arguments changed too, and replaces in the next up", async () => {
  const { stack, values } = await officialStack(program('["read_registry"]'));
  const up = await stack.up();
  expect(up.output).toContain("the changed arguments follow in the next pulumi up");
  expect(writes(use.gitlab)).toEqual([]);
  expect((await stack.up()).changes).toEqual({ replaced: 1, unchanged: 3 });
  const [group, pull, plain] = (await stack.outputs())["values"] as string[];
  expect([group, plain]).toEqual([values[0], values[2]]);
  expect(pull).not.toBe(values[1]);
  expect(use.gitlab.deployTokens()).toHaveLength(3);
});

it("takes over the old DeployToken", async () => {
  const { stack, values } = await officialStack(
    `import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
    export const { token } = new ProjectDeployToken("pull", { project: "acme/app", name: "cluster pull", username: "cluster",
      scopes: ["read_registry", "read_repository"], expiresAt: "2031-01-31" }, ${alias("deployToken:DeployToken")});`,
  );
  const { rows } = await stack.exported();
  const old = rows
    .filter(({ urn }) => !/::(group|plain)$/.test(urn))
    .map((row) =>
      JSON.parse(
        JSON.stringify(row).replaceAll("projectDeployToken:ProjectDeployToken", "deployToken:DeployToken"),
      ),
    );
  await stack.import({ deployment: { ...(await stack.deployment()), resources: old } });
  await stack.up();
  expect(await stack.outputs()).toEqual({ token: values[1] });
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  expect(use.gitlab.requests).toEqual([]);
});

type Declared = readonly [type: string, name: string, args: object];

/** Stands for a program of `@pulumi/gitlab`, whose classes register their arguments under these types. */
const officialProgram = (
  declared: readonly Declared[],
) => `import { CustomResource, Output } from "@pulumi/pulumi";
class Official extends CustomResource {
  declare readonly token: Output<string>;
  constructor(type: string, name: string, args: object) {
    const options = { version: "10.1.1", additionalSecretOutputs: ["token"] };
    super("gitlab:index/" + type, name, { token: undefined, ...args }, options);
  }
}
const declared: [string, string, object][] = ${JSON.stringify(declared)};
export const values = Object.fromEntries(declared.map((each) => [each[1], new Official(...each).token]));`;

it("hands tokens of this package over to the official provider and takes them back, with their values", async () => {
  const ours = (project = "{}", group = "{}") =>
    `import { GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
const pull = new ProjectDeployToken("pull", { project: "acme/app", name: "cluster pull", scopes: ["read_registry"],
  expiresAt: "2031-01-31" }, ${project});
const ci = new GroupDeployToken("ci", { group: "acme", name: "ci", username: "ci", scopes: ["read_repository"] }, ${group});
export const values = { pull: pull.token, ci: ci.token };`;
  const stack = await use.stack(ours(), { stubPlugins: ["gitlab"] });
  await stack.up();
  const { values } = await stack.outputs();
  use.gitlab.clearRequests();

  const file = join(stack.folder, "official.json");
  const rewritten = await stack.tool(
    "pulumi-gitlab-deploy-tokens",
    ["to-official", "--stack", stack.name, "--output", file],
    {},
  );
  expect(rewritten).toMatchObject({ code: 0, stderr: "" });
  expect(await stack.pulumiRun(["stack", "import", "--file", file])).toMatchObject({ code: 0 });
  const { rows, text } = await stack.exported();
  expect(text).not.toContain("gldt-");
  expect(text).not.toContain(tokens.owner);
  expect(rows.map(({ type }) => type).sort()).toEqual([
    "gitlab:index/groupDeployToken:GroupDeployToken",
    "gitlab:index/projectDeployToken:ProjectDeployToken",
    "pulumi:providers:gitlab",
    "pulumi:pulumi:Stack",
  ]);

  // The printed program equals the state, so the engine sees no change.
  const printed = [...rewritten.stdout.matchAll(/new gitlab\.(\w+)\("(\w+)", \{([^}]*)\}\)/g)];
  const declared = printed.map(([, name = "", resource = "", args]) => {
    const type = `${name.charAt(0).toLowerCase()}${name.slice(1)}:${name}`;
    return [type, resource, runInNewContext(`({${args}})`) as object] as const;
  });
  stack.program(officialProgram(declared));
  expect((await stack.preview({ args: ["--expect-no-changes"] })).changes).toEqual({ unchanged: 3 });
  expect((await stack.up()).changes).toEqual({ unchanged: 3 });
  expect(await stack.outputs()).toEqual({ values });

  stack.program(
    ours(alias("projectDeployToken:ProjectDeployToken"), alias("groupDeployToken:GroupDeployToken")),
  );
  expect((await stack.up()).changes).toMatchObject({ updated: 2 });
  expect(await stack.outputs()).toEqual({ values });
  expect((await stack.up()).changes).toEqual({ unchanged: 3 });
  expect(use.gitlab.requests).toEqual([]);
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});
