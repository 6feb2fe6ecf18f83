import { expect, it } from "vitest";
import type { Stack } from "../engine/stack.js";
import { profile } from "../support/profile.js";
import { tokens } from "../support/run.js";
import { useEmulator, writes } from "./support.js";

const use = useEmulator();

const program = `import { GroupDeployToken, ProjectDeployToken, RotatingGroupDeployToken } from "pulumi-gitlab-deploy-tokens";
const pull = new ProjectDeployToken("pull", { project: "acme/app", name: "cluster pull", scopes: ["read_registry", "read_repository"], username: "cluster", expiresAt: "2040-01-31" });
const ci = new GroupDeployToken("ci", { group: "acme", scopes: ["read_repository"] });
const rotating = new RotatingGroupDeployToken("rotating", { group: "acme/platform", scopes: ["read_registry"], rotateEveryDays: 40_000, rotationStart: "2020-01-01" });
export const values = [pull.token, ci.token, rotating.token];
`;

const command = (stack: Stack, args: readonly string[], input?: string) =>
  stack.tool(
    "pulumi-gitlab-deploy-tokens",
    args,
    { GITLAB_BASE_URL: use.gitlab.url, GITLAB_TOKEN: tokens.owner },
    input,
  );

it("audit knows the tokens of a real stack, by --stack and by --state", async () => {
  const stack = await use.stack(program);
  await stack.up();
  use.gitlab.createDeployToken({ project: "acme/tools", name: "by hand", scopes: ["read_registry"] });
  const args = ["audit", "--group", "acme", "--recursive", "--format", "csv", "--quiet"];
  stack.write({ "state.json": (await stack.exported()).text });
  for (const given of [
    ["--stack", "dev"],
    ["--state", "state.json"],
  ]) {
    const { code, stdout, stderr } = await command(stack, [...args, ...given]);
    // The command reports what an old GitLab lacks.
    const lacks = expect.stringContaining("does not report which deploy tokens are revoked");
    expect([code, stderr]).toEqual([0, profile.saysRevoked ? "" : lacks]);
    const unknown = stdout.split("\r\n").filter((line) => /\bunknown\b/.test(line));
    expect(unknown).toHaveLength(1);
    expect(unknown[0]).toContain("by hand");
    expect(stdout).toContain("::ci");
    for (const { token } of use.gitlab.deployTokens()) expect(stdout).not.toContain(token);
  }
  if (profile.saysRevoked) use.gitlab.revoke(1);
  else use.gitlab.deleteDeployToken(1);
  const { code, stdout } = await command(stack, [...args, "--stack", "dev"]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/-in-stack/);
});

it("after a lost state, audit --emit adopt recovers every token: none is created, and the values are kept", async () => {
  const first = await use.stack(program);
  await first.up();
  const { values } = (await first.outputs()) as { values: string[] };
  const alive = use.gitlab.deployTokens().map(({ id }) => id);

  // The state of the first stack is lost. The second stack does not know its tokens.
  const second = await use.stack("", { name: "again" });
  const { stdout, code } = await command(second, [
    "audit",
    "--group",
    "acme",
    "--recursive",
    "--emit",
    "adopt",
  ]);
  expect(code).toBe(0);
  second.program(`${stdout}\n`);
  const byName = { "acme-app-cluster-pull": values[0], "acme-ci": values[1] } as Record<string, string>;
  for (const name of Object.keys(byName)) expect(stdout).toContain(`pulumi config set --secret ${name}`);
  await second.configure(
    {},
    Object.fromEntries(Object.entries(byName).map(([name, value]) => [`test:${name}`, value])),
  );
  use.gitlab.clearRequests();
  const { changes, output } = await second.up();
  expect(changes["created"]).toBe(1 + alive.length);
  expect(writes(use.gitlab)).toEqual([]);
  // The configuration lacks the value of the rotation's token.
  expect(output).toMatch(/value/);
  const rows = await second.tokens();
  expect(rows.map(({ outputs }) => outputs?.["deployTokenId"]).sort()).toEqual(alive);
  const state = await second.pulumiRun(["stack", "export", "--show-secrets"]);
  for (const value of Object.values(byName)) expect(state.stdout).toContain(value);

  use.gitlab.clearRequests();
  second.program(stdout.replace(/^ {2}adopt: .*\n/gm, ""));
  expect((await second.up()).changes).toEqual({ unchanged: 1 + alive.length });
  expect(use.gitlab.requests).toEqual([]);
  await second.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("after a leak, the command whose names stack, resource and owner, and the printed command rotates the token", async () => {
  const stack = await use.stack(program);
  await stack.up();
  const [, leaked, slot] = ((await stack.outputs()) as { values: string[] }).values as [
    string,
    string,
    string,
  ];
  const found = await command(stack, ["whose", "--stack", "dev"], `${leaked}\n`);
  expect(found.code).toBe(0);
  expect(found.stdout).toContain("of the group acme\n");
  expect(found.stdout).toContain("::ci\n");
  expect(found.stdout + found.stderr).not.toContain(leaked);
  const rotate = /to rotate it: pulumi (up .*)$/m.exec(found.stdout)?.[1] ?? "";
  const args = rotate.split(" ").map((part) => part.replaceAll("'", ""));
  const { code, stdout } = await stack.pulumiRun([...args, "--yes", "--skip-preview"]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("1 replaced")]);
  expect(use.gitlab.deployTokens().map(({ token }) => token)).not.toContain(leaked);

  const rotating = await command(stack, ["whose", "--stack", "dev"], slot);
  expect(rotating.stdout).toContain('change rotateWhenChanged of "rotating"');
  expect((await command(stack, ["whose", "--stack", "dev"], "gldt-unheard-of")).code).toBe(1);
});

it.runIf(profile.saysRevoked)(
  "prune deletes dead tokens that are in no stack, and shows its --help",
  async () => {
    const stack = await use.stack(program);
    await stack.up();
    const { id } = use.gitlab.createDeployToken({
      project: "acme/app",
      name: "x",
      scopes: ["read_registry"],
    });
    use.gitlab.revoke(id);
    use.gitlab.revoke(1);
    const args = ["prune", "--group", "acme", "--recursive", "--stack", "dev"];
    const { code, stdout } = await command(stack, [...args, "--yes"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 of 1 deploy token deleted.")]);
    expect(use.gitlab.deployTokens().map(({ id: left }) => left)).toContain(1);
    expect((await command(stack, ["--help"])).stdout).toMatch(/audit[\s\S]*prune[\s\S]*whose/);
  },
);
