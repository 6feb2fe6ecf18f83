import { expect, it } from "vitest";
import { officialStack as official, restoreOfficialTokens } from "../engine/official-provider.js";
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
// The official provider chose its name.
const plain = new ProjectDeployToken("plain", { project: 2, scopes: ["read_registry"] },
  ${alias("projectDeployToken:ProjectDeployToken")});
export const values = [group.token, pull.token, plain.token];
export const ids = [group.deployTokenId, pull.deployTokenId, plain.deployTokenId];`;

/** A stack that the official provider's plugin 10.1.1 wrote, and the tokens that GitLab's stand-in held then. */
async function officialStack(text = program()) {
  const values = restoreOfficialTokens(use.gitlab);
  const stack = await use.stack(text, { project: "mig", name: "m", stubPlugins: ["gitlab"] });
  await stack.import(official("mig", "m"));
  return { stack, values };
}

it("takes over the official provider's tokens with their values, without a request, and then changes nothing", async () => {
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

it("destroys them right after the takeover, before their owners' ids were ever asked for", async () => {
  const { stack } = await officialStack();
  await stack.up();
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("takes over first where arguments changed too, and replaces in the next up", async () => {
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
