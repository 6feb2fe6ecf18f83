import { expect, it } from "vitest";
import { tokenProgram } from "../support/programs.js";
import { useEmulator, writes } from "./support.js";

const use = useEmulator();
const base = { project: "acme/app", name: "pull", scopes: ["read_registry"] };
const other = { ...base, name: "other" };
const ids = () => use.gitlab.deployTokens().map(({ id }) => id);

it("deleteBeforeReplace deletes first", async () => {
  const opts = "{ deleteBeforeReplace: true }";
  const stack = await use.stack(tokenProgram(base, { opts }));
  await stack.up();
  use.gitlab.clearRequests();
  stack.program(tokenProgram(other, { opts }));
  await stack.up();
  expect(writes(use.gitlab)).toEqual([
    "DELETE /projects/1/deploy_tokens/1",
    "POST /projects/1/deploy_tokens",
  ]);
});

it("retainOnDelete leaves the old token, in a replacement and in destroy", async () => {
  const opts = "{ retainOnDelete: true }";
  const stack = await use.stack(tokenProgram(base, { opts }));
  await stack.up();
  stack.program(tokenProgram(other, { opts }));
  await stack.up();
  await stack.destroy();
  expect(ids()).toEqual([1, 2]);
});

it("protect refuses replacement and destruction without a request", async () => {
  const opts = "{ protect: true }";
  const stack = await use.stack(tokenProgram(base, { opts }));
  await stack.up();
  stack.program(tokenProgram(other, { opts }));
  expect((await stack.up({ fails: true })).output).toContain("protect");
  expect((await stack.destroy({ fails: true })).output).toContain("protect");
  expect(ids()).toEqual([1]);
});

it("ignoreChanges keeps a lifetime counted from creation; a replacement uses the new date", async () => {
  const lifetime = {
    ...base,
    expiresAt:
      '=new Date(Date.parse(process.env["GITLAB_TESTING_TIME"] ?? "") + 90 * 86_400_000).toISOString()',
  };
  const opts = '{ ignoreChanges: ["expiresAt"] }';
  const at = (instant: string) => ({ env: { GITLAB_TESTING_TIME: instant } });
  const stack = await use.stack(tokenProgram(lifetime, { opts }));
  await stack.up(at("2031-01-01T00:00:00Z"));
  expect((await stack.up(at("2031-02-01T00:00:00Z"))).changes).toEqual({ unchanged: 2 });
  expect(await stack.outputs()).toMatchObject({ expiresAt: "2031-04-01T00:00:00.000Z" });
  stack.program(tokenProgram({ ...lifetime, name: "other" }, { opts }));
  await stack.up(at("2031-03-01T00:00:00Z"));
  expect(await stack.outputs()).toMatchObject({ expiresAt: "2031-05-30T00:00:00.000Z" });
});

it("a fixed date in the past warns at each up and does not replace; a later replacement needs another date", async () => {
  const dated = { ...base, expiresAt: "2031-01-31" };
  const at = (instant: string) => ({ env: { GITLAB_TESTING_TIME: instant } });
  const stack = await use.stack(tokenProgram(dated));
  await stack.up(at("2031-01-01T00:00:00Z"));
  for (const year of ["2031-06-01T00:00:00Z", "2032-06-01T00:00:00Z"]) {
    const up = await stack.up(at(year));
    expect(up.changes).toEqual({ unchanged: 2 });
    expect(up.output).toContain(
      "expiresAt (2031-01-31) has passed: the token no longer works. It stays in GitLab",
    );
  }
  // The program computes `expired`, so the stack's output follows the clock.
  expect(await stack.outputs()).toMatchObject({ expired: true });
  stack.program(tokenProgram({ ...dated, name: "other" }));
  const refused = await stack.up({ ...at("2032-06-01T00:00:00Z"), fails: true });
  expect(refused.output).toContain("wanted: a date in the future, or validatePastExpirationDate: false");
  stack.program(tokenProgram({ ...dated, name: "other", validatePastExpirationDate: false }));
  expect((await stack.up(at("2032-06-01T00:00:00Z"))).changes).toEqual({ replaced: 1, unchanged: 1 });
});

it("replaceOnChanges does not replace for equal spellings", async () => {
  const stack = await use.stack(tokenProgram(base, { opts: '{ replaceOnChanges: ["*"] }' }));
  await stack.up();
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
});

it("--target-replace and replacementTrigger rotate: the new token first", async () => {
  const stack = await use.stack(tokenProgram(base));
  await stack.up();
  const [row] = await stack.tokens();
  await stack.up({ args: ["--target-replace", String(row?.urn)] });
  expect(ids()).toEqual([2]);
  for (const trigger of ["one", "two"]) {
    stack.program(
      tokenProgram(base, { opts: `{ replacementTrigger: "${trigger}" } as pulumi.CustomResourceOptions` }),
    );
    await stack.up();
  }
  expect(ids().at(-1)).toBeGreaterThan(2);
  expect(ids()).toHaveLength(1);
  expect(writes(use.gitlab).slice(1, 3)).toEqual([
    "POST /projects/1/deploy_tokens",
    "DELETE /projects/1/deploy_tokens/1",
  ]);
});

it("--target leaves the other resources alone; dependsOn sets the order", async () => {
  const two = (name: string) =>
    tokenProgram(
      { ...base, name },
      {
        more: `const first = new ProjectDeployToken("first", { project: "acme/tools", name: "${name}", scopes: ["read_registry"] });`,
        opts: "{ dependsOn: [first] }",
      },
    );
  const stack = await use.stack(two("a"));
  await stack.up();
  expect(use.gitlab.deployTokens().map(({ ownerId }) => ownerId)).toEqual([2, 1]);
  const first = (await stack.tokens()).find(({ urn }) => urn.endsWith("::first"));
  stack.program(two("b"));
  await stack.up({ args: ["--target", String(first?.urn)] });
  expect(
    use.gitlab
      .deployTokens()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["a", "b"]);
  use.gitlab.clearRequests();
  await stack.destroy();
  expect(writes(use.gitlab).map((path) => path.split("/")[2])).toEqual(["1", "2"]);
});

it("transforms change the token's arguments, called by the engine", async () => {
  const opts = '{ transforms: [({ props, opts }) => ({ props: { ...props, name: "transformed" }, opts })] }';
  const stack = await use.stack(tokenProgram(base, { opts }));
  await stack.up();
  expect(use.gitlab.deployTokens()).toMatchObject([{ name: "transformed" }]);
  expect((await stack.up()).changes).toEqual({ unchanged: 2 });
});

it("transformations change the token's arguments; a component's token is its child", async () => {
  const stack = await use.stack(`import * as pulumi from "@pulumi/pulumi";
import { ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
class Team extends pulumi.ComponentResource {
  readonly token: pulumi.Output<string>;
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("acme:index:Team", name, {}, opts);
    this.token = new ProjectDeployToken(name, ${JSON.stringify(base)}, { parent: this }).token;
    this.registerOutputs({ token: this.token });
  }
}
export const { token } = new Team("team", {
  transformations: [({ props, opts, type }) => type.endsWith("ProjectDeployToken") ? { props: { ...props, name: "transformed" }, opts } : undefined],
});`);
  await stack.up();
  expect(use.gitlab.deployTokens()).toMatchObject([{ name: "transformed" }]);
  expect((await stack.tokens())[0]?.urn).toContain(
    "acme:index:Team$pulumi-nodejs:dynamic/gitlab:ProjectDeployToken::team",
  );
});

it("a stack reference carries the value as a secret", async () => {
  const stack = await use.stack(tokenProgram(base), { project: "tokens" });
  await stack.up();
  const reader = await use.stack(
    `import * as pulumi from "@pulumi/pulumi";
export const read = new pulumi.StackReference("organization/tokens/dev").getOutput("value");`,
    { beside: stack, project: "reader" },
  );
  const { output } = await reader.up();
  const value = String(use.gitlab.deployTokens()[0]?.token);
  expect(output).toContain("[secret]");
  expect(output).not.toContain(value);
  expect(await reader.outputs()).toEqual({ read: value });
  expect((await reader.exported()).text).not.toContain(value);
});
