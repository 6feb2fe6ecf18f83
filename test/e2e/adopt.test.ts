import { expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { tokenProgram } from "../support/programs.js";
import { useEmulator, writes } from "./support.js";

const use = useEmulator();
const base = { project: "acme/app", name: "cluster pull", scopes: ["read_registry"] };
const value = "gldt-by-hand-0000000000";
const byHand = (more = {}) =>
  use.gitlab.createDeployToken({
    project: "acme/app",
    name: "cluster pull",
    scopes: ["read_registry"],
    ...more,
  });
const adopt = { deployTokenId: 1, token: '=new pulumi.Config().requireSecret("pullToken")' };
const secrets = { "test:pullToken": value };

it("adopts a token with its value from the configuration, keeps it after the removal of adopt, and destroys it", async () => {
  byHand();
  const stack = await use.stack(tokenProgram({ ...base, adopt }), { secrets });
  expect((await stack.preview()).changes).toEqual({ created: 2 });
  await stack.up();
  expect(await stack.outputs()).toMatchObject({ id: "acme/app:1", value, deployTokenId: 1 });
  expect((await stack.exported()).text).not.toContain(value);
  const left = await stack.preview();
  expect(left.changes).toEqual({ unchanged: 2 });
  expect(left.output).toContain('deploy token 1 is adopted: "adopt" can be removed from the program');
  stack.program(tokenProgram(base));
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  expect((await stack.preview()).output).not.toContain("can be removed");
  expect(await stack.outputs()).toMatchObject({ value });
  expect(writes(use.gitlab)).toEqual([]);
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("refuses a token that differs, with the list of the differences, and creates nothing", async () => {
  byHand({ name: "other", username: "u", expiresAt: "2031-01-01" });
  const stack = await use.stack(tokenProgram({ ...base, adopt }), { secrets });
  const { output } = await stack.up({ fails: true });
  expect(output).toContain(
    'Deploy token 1 of the project acme/app differs from the program: name is "other", not "cluster pull"; ' +
      'username is "u", not "gitlab+deploy-token-1"; expiresAt is "2031-01-01T00:00:00.000Z", not never.',
  );
  expect(output).not.toContain(value);
  expect(await stack.tokens()).toEqual([]);
  expect(writes(use.gitlab)).toEqual([]);
});

it("adopts a token without its value, even an expired one, and accepts the value later", async () => {
  byHand({ expiresAt: "2020-01-01" });
  const args = { ...base, expiresAt: "2020-01-01" };
  const stack = await use.stack(tokenProgram({ ...args, adopt: { deployTokenId: 1 } }), { secrets });
  const up = await stack.up();
  expect(up.output).toContain("adopted without its value");
  expect(up.output).toContain("expiresAt (2020-01-01) has passed");
  expect(await stack.outputs()).not.toHaveProperty("value");
  stack.program(tokenProgram({ ...args, adopt }));
  expect((await stack.up()).changes).toEqual({ updated: 1, unchanged: 1 });
  expect(await stack.outputs()).toMatchObject({ value, expired: true });
  stack.program(tokenProgram(args));
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
  expect((await stack.refresh()).changes).toEqual({ unchanged: 2 });
  expect(await stack.outputs()).toMatchObject({ value });
});

it("takes the value from another stack's output", async () => {
  byHand();
  const other = await use.stack(
    `import * as pulumi from "@pulumi/pulumi"; export const handed = new pulumi.Config().requireSecret("pullToken");`,
    { secrets: { "other:pullToken": value }, project: "other" },
  );
  await other.up();
  const more = 'const reference = new pulumi.StackReference("organization/other/dev");';
  const handed = { deployTokenId: 1, token: '=reference.requireOutput("handed")' };
  const stack = await use.stack(tokenProgram({ ...base, adopt: handed }, { more }), { beside: other });
  await stack.up();
  expect(await stack.outputs()).toMatchObject({ value });
  expect((await stack.exported()).text).not.toContain(value);
});

it("adopt left in the program with deleteBeforeReplace: the token is not deleted before it is adopted again", async () => {
  byHand();
  const replaced = (trigger: string) =>
    tokenProgram(
      { ...base, adopt },
      {
        opts: `{ deleteBeforeReplace: true, replacementTrigger: "${trigger}" } as pulumi.CustomResourceOptions`,
      },
    );
  const stack = await use.stack(replaced("one"), { secrets });
  await stack.up();
  const [row] = await stack.tokens();
  expect((await stack.up({ args: ["--target-replace", String(row?.urn)] })).changes).toMatchObject({
    replaced: 1,
  });
  stack.program(replaced("two"));
  expect((await stack.up()).changes).toMatchObject({ replaced: 1 });
  expect(writes(use.gitlab)).toEqual([]);
  expect(await stack.outputs()).toMatchObject({ value, deployTokenId: 1 });
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("adopt left in the program never deletes or loses the live token", async () => {
  byHand();
  const stack = await use.stack(tokenProgram({ ...base, adopt }), { secrets });
  await stack.up();
  const [row] = await stack.tokens();
  const holds = async () => {
    expect(use.gitlab.deployTokens()).toMatchObject([{ id: 1, revoked: false }]);
    expect(await stack.outputs()).toMatchObject({ value, deployTokenId: 1 });
    expect(await stack.tokens()).toMatchObject([{ id: "acme/app:1" }]);
    expect(writes(use.gitlab)).toEqual([]);
  };
  await stack.up({ args: ["--target-replace", String(row?.urn)] });
  await holds();
  stack.program(
    tokenProgram(
      { ...base, adopt },
      { opts: '{ replacementTrigger: "one" } as pulumi.CustomResourceOptions' },
    ),
  );
  await stack.up();
  stack.program(
    tokenProgram(
      { ...base, adopt },
      { opts: '{ replacementTrigger: "two" } as pulumi.CustomResourceOptions' },
    ),
  );
  await stack.up();
  await holds();
  stack.program(tokenProgram({ ...base, adopt }, { opts: '{ replaceOnChanges: ["*"] }' }));
  await stack.up();
  await holds();
  // The changed argument requires another token, so adopt must be removed first.
  stack.program(tokenProgram({ ...base, scopes: ["read_repository"], adopt }));
  const refused = await stack.preview({ fails: true });
  expect(refused.output).toContain(
    "adopt names deploy token 1, which this resource already has, but a new token is needed (scopes changed). Remove adopt",
  );
  await stack.up({ fails: true });
  await holds();
  stack.program(tokenProgram({ ...base, scopes: ["read_repository"] }));
  expect((await stack.up()).changes).toEqual({ replaced: 1, unchanged: 1 });
  expect(use.gitlab.deployTokens()).toMatchObject([{ id: 2 }]);
});

it("reads other tokens by .get, never deletes them, and names a token that does not exist", async () => {
  byHand({ username: "u" });
  const program = (
    id: string,
  ) => `import { GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
const { name, username, scopes, expiresAt, revoked, expired, token } = ProjectDeployToken.get("legacy", "${id}");
export { name, username, scopes, expiresAt, revoked, expired, token };
void GroupDeployToken;`;
  const stack = await use.stack(program("acme/app:1"));
  await stack.up();
  expect(await stack.outputs()).toEqual({
    name: "cluster pull",
    username: "u",
    scopes: ["read_registry"],
    revoked: false,
    expired: false,
  });
  use.gitlab.revoke(1);
  await stack.refresh();
  await stack.up();
  expect(await stack.outputs()).toMatchObject({ revoked: profile.saysRevoked });
  for (const [id, reason] of [
    ["acme/app:9", "The project acme/app has no deploy token 9."],
    ["acme/none:1", "404 Project Not Found"],
    ["nonsense", 'id is "nonsense"; wanted: "<project>:<deploy token id>", such as "acme/app:4"'],
  ]) {
    stack.program(program(String(id)));
    expect((await stack.preview({ fails: true })).output).toContain(reason);
    expect((await stack.up({ fails: true })).output).toContain(reason);
  }
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toHaveLength(1);
  expect(writes(use.gitlab)).toEqual([]);
});
