import { expect, it } from "vitest";
import { start } from "../../provider/testing/index.js";
import { profile } from "../support/profile.js";
import { paths, tokens } from "../support/run.js";
import { useEmulator } from "./support.js";

const use = useEmulator();
const imports = `import * as pulumi from "@pulumi/pulumi";
import * as gitlab from "pulumi-gitlab-deploy-tokens";
`;

it("look-ups return values and outputs in preview and in up, through all pages", async () => {
  for (let index = 1; index <= 150; index++) {
    use.gitlab.createDeployToken({ project: "acme/app", name: `t${index}`, scopes: ["read_registry"] });
  }
  use.gitlab.revoke(3);
  const stack = await use.stack(`${imports}
export = async () => {
  const { tokens } = await gitlab.getProjectDeployTokens({ project: "acme/app" });
  const { tokens: dead } = await gitlab.getProjectDeployTokens({ project: "acme/app", active: false });
  const ci = new gitlab.GroupDeployToken("ci", { group: "acme", scopes: ["read_repository"], expiresAt: "2040-01-31" });
  const seen = gitlab.getGroupDeployTokenOutput({ group: "acme", deployTokenId: ci.deployTokenId });
  const byName = await gitlab.getProjectDeployToken({ project: "acme/app", name: "t7" });
  return { count: tokens.length, first: tokens[0].name, dead: dead.map((token) => token.name), seen, byName };
};
`);
  expect((await stack.preview()).changes).toEqual({ created: 2 });
  await stack.up();
  expect(await stack.outputs()).toMatchObject({
    count: 150,
    first: "t1",
    dead: profile.saysRevoked ? ["t3"] : [],
    seen: { deployTokenId: 151, name: "ci", expiresAt: "2040-01-31T00:00:00.000Z", active: true },
    byName: { deployTokenId: 7, name: "t7" },
  });
  const outputs = JSON.stringify(await stack.outputs());
  for (const { token } of use.gitlab.deployTokens()) expect(outputs).not.toContain(token);
});

it("look-ups use the GitLab of the option provider, in both forms, and its token makes no result a secret", async () => {
  const other = await start();
  try {
    other.createDeployToken({ group: "acme", name: "there", scopes: ["read_repository"] });
    const stack = await use.stack(
      `${imports}
const secret = new pulumi.Config().requireSecret("there");
const internal = new gitlab.Provider("internal", { baseUrl: "${other.url}", token: secret });
class Team extends pulumi.ComponentResource {
  constructor() {
    super("test:index:Team", "team", {}, { providers: [internal] });
    this.names = gitlab.getGroupDeployTokensOutput({ group: "acme" }, { parent: this }).apply((all) => all.tokens.map(({ name }) => name));
  }
  readonly names: pulumi.Output<string[]>;
}
export = async () => ({
  plain: (await gitlab.getGroupDeployTokens({ group: "acme" }, { provider: internal })).tokens.length,
  output: gitlab.getGroupDeployTokenOutput({ group: "acme", name: "there" }, { provider: internal }).deployTokenId,
  below: new Team().names,
  instance: gitlab.getInstanceDeployTokensOutput({}, { provider: internal }).tokens.length,
  here: (await gitlab.getGroupDeployTokens({ group: "acme" })).tokens.length,
});
`,
      { secrets: { there: tokens.administrator } },
    );
    await stack.up();
    const { rows } = await stack.exported();
    const outputs = rows.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
    expect(outputs).toEqual({ plain: 1, output: 1, below: ["there"], instance: 1, here: 0 });
    expect(paths(use.gitlab)).toHaveLength(1);
  } finally {
    await other.close();
  }
});

it("a look-up that finds nothing fails the preview with a list of the existing tokens", async () => {
  use.gitlab.createDeployToken({ project: "acme/app", name: "pull", scopes: ["read_registry"] });
  const stack = await use.stack(`${imports}
export const id = gitlab.getProjectDeployTokenOutput({ project: "acme/app", name: "push" }).deployTokenId;
`);
  const { output } = await stack.preview({ fails: true });
  expect(output).toContain('The project acme/app has no deploy token named "push". It has: 1 (pull).');
  expect(output).not.toContain(tokens.owner);
});

it("the list of the instance is refused to all but administrators", async () => {
  const stack = await use.stack(`${imports}
export const all = gitlab.getInstanceDeployTokensOutput();
`);
  expect((await stack.preview({ fails: true })).output).toContain("Only an administrator may list");
});
