import { describe, expect, it } from "vitest";
import { type ProfileName, profiles } from "../../provider/testing/profiles.js";
import { useEmulator, writes } from "./support.js";

const program = (expiresAt: string) => `
import { getGroupDeployTokens, GroupDeployToken, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
const scopes = ["read_registry"] as const;
const pull = new ProjectDeployToken("pull", { project: "acme/app", scopes, username: "cluster", expiresAt: "${expiresAt}" });
const more = new ProjectDeployToken("more", { project: "acme/app", scopes, username: "more" });
const ci = new GroupDeployToken("ci", { group: "acme", scopes: ["read_repository"] });
export = async () => {
  const { tokens } = await getGroupDeployTokens({ group: "acme" });
  return { pull: pull.token, username: pull.username, ci: ci.token, before: tokens.map(({ name }) => name), more: more.username };
};
`;

describe.each(Object.keys(profiles) as ProfileName[])("GitLab %s", (name) => {
  const profile = profiles[name];
  const use = useEmulator({ profile: name });
  const destroyed = async (stack: Awaited<ReturnType<typeof use.stack>>) => {
    await stack.destroy();
    expect(use.gitlab.deployTokens().filter((token) => token.name !== "by hand")).toEqual([]);
  };

  it("creates, keeps, refreshes, replaces and destroys tokens; a missing feature causes one warning and no failure", async () => {
    const stack = await use.stack(program("2040-01-31"));
    expect((await stack.preview()).changes).toEqual({ created: 4 });
    const up = await stack.up();
    const outputs = await stack.outputs();
    const ignored = profile.requiresExpiryAndUsername;
    expect(outputs).toMatchObject({
      username: ignored ? expect.stringMatching(/^gitlab\+deploy-token-\d+$/) : "cluster",
      before: [],
    });
    // GitLab ignores two usernames, and one is named. Pulumi prints a warning at once and again at the end.
    const named = new Set(up.output.match(/ignored the username "\w+"/g));
    expect(named.size).toBe(ignored ? 1 : 0);
    use.gitlab.clearRequests();
    expect((await stack.up()).changes).toEqual({ unchanged: 4 });
    expect(writes(use.gitlab)).toEqual([]);
    const refreshed = await stack.refresh();
    expect(refreshed.changes).toEqual({ unchanged: 4 });
    expect(refreshed.output.includes("does not report which deploy tokens are revoked")).toBe(
      !profile.saysRevoked,
    );
    stack.program(program("2041-01-31"));
    const replaced = await stack.up();
    expect(replaced.changes).toEqual({ replaced: 1, unchanged: 3 });
    expect((await stack.outputs())["before"]).toEqual(["ci"]);
    await destroyed(stack);
  });

  it("shows a revoked token if GitLab says so, and drops a deleted one", async () => {
    const stack = await use.stack(program("2040-01-31"));
    await stack.up();
    const [first, second] = use.gitlab.deployTokens().filter(({ kind }) => kind === "project");
    use.gitlab.revoke(Number(first?.id));
    use.gitlab.deleteDeployToken(Number(second?.id));
    await stack.refresh();
    expect((await stack.tokens()).length).toBe(2);
    expect((await stack.preview()).changes).toEqual(
      profile.saysRevoked ? { created: 1, replaced: 1 } : { created: 1, unchanged: 3 },
    );
    await destroyed(stack);
  });

  it("can be audited and pruned", async () => {
    const stack = await use.stack(program("2040-01-31"));
    await stack.up();
    const { id } = use.gitlab.createDeployToken({
      project: "acme/app",
      name: "by hand",
      scopes: ["read_registry"],
    });
    use.gitlab.revoke(id);
    const env = { GITLAB_BASE_URL: use.gitlab.url, GITLAB_TOKEN: "glpat-owner-0000000001" };
    const targets = ["--group", "acme", "--recursive", "--stack", "dev"];
    const tool = (...args: string[]) => stack.tool("pulumi-gitlab-deploy-tokens", args, env);
    const audit = await tool("audit", ...targets, "--format", "json");
    expect(audit.code).toBe(0);
    const { tokens } = JSON.parse(audit.stdout) as { tokens: { name: string; findings: string[] }[] };
    const byHand = tokens.find((token) => token.name === "by hand")?.findings;
    expect(byHand).toEqual(profile.saysRevoked ? ["revoked", "unknown"] : ["never-expires", "unknown"]);
    const pruned = await tool("prune", ...targets, "--yes");
    expect(pruned.code).toBe(0);
    expect(use.gitlab.deployTokens().some((token) => token.id === id)).toBe(!profile.saysRevoked);
    await destroyed(stack);
  });
});
