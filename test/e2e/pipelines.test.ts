import { expect, it } from "vitest";
import { tokenProgram } from "../support/programs.js";
import { tokens } from "../support/run.js";
import { useEmulator, writes } from "./support.js";

// What docs/pipelines.md and docs/configuration.md say.
const use = useEmulator();
const program = tokenProgram({ project: "acme/app", name: "cluster pull", scopes: ["read_registry"] });
const env = (token: string) => ({ env: { GITLAB_BASE_URL: use.gitlab.url, GITLAB_TOKEN: token } });

/** A stack whose configuration holds neither address nor access token. */
async function bare() {
  const stack = await use.stack(program);
  for (const key of ["gitlab:token", "gitlab:baseUrl"]) await stack.pulumiRun(["config", "rm", key]);
  return stack;
}

it("an access token in the environment only may be another one in each command", async () => {
  const stack = await bare();
  await stack.up(env(tokens.owner));
  expect((await stack.refresh(env(tokens.maintainer))).changes).toEqual({ unchanged: 2 });
  expect((await stack.up(env(tokens.administrator))).changes).toEqual({ unchanged: 2 });
  const { text } = await stack.exported();
  expect(text).not.toContain("gitlab:token");
  await stack.destroy(env(tokens.maintainer));
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("one in the configuration holds for refresh after one up, or with --run-program", async () => {
  const stack = await use.stack(program, { secrets: { "gitlab:token": tokens.owner } });
  await stack.up();
  await stack.configure({}, { "gitlab:token": tokens.revoked });
  // The one of the last up still counts.
  await stack.refresh();
  const failed = await stack.refresh({ args: ["--run-program"], fails: true });
  expect(failed.output).toContain("run pulumi up first");
  await stack.configure({}, { "gitlab:token": tokens.maintainer });
  await stack.refresh({ args: ["--run-program"] });
  await stack.up();
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("a merge request's preview needs no access token, and takes the last up's instant for now", async () => {
  const rotating = `import { RotatingProjectDeployToken } from "pulumi-gitlab-deploy-tokens";
export const { rotatesAt } = new RotatingProjectDeployToken("pull", { project: "acme/app", scopes: ["read_registry"],
  rotateEveryDays: 90, rotationStart: "2031-01-01" });`;
  const stack = await bare();
  stack.program(rotating);
  await stack.up(env(tokens.owner));
  const { stdout } = await stack.pulumiRun(["stack", "history", "--json"]);
  const history = JSON.parse(stdout) as { kind: string; startTime: string }[];
  const last = String(history.find(({ kind }) => kind === "update")?.startTime);
  use.gitlab.clearRequests();
  const later = {
    GITLAB_BASE_URL: use.gitlab.url,
    GITLAB_TESTING_TIME: new Date(Date.parse(last) + 100 * 86_400_000).toISOString(),
  };
  const args = ["--expect-no-changes"];
  const due = await stack.preview({ args, env: later, fails: true });
  expect(due.changes).toMatchObject({ created: expect.any(Number) });
  await stack.preview({ args, env: { ...later, GITLAB_ROTATION_TIME: last } });
  expect(use.gitlab.requests).toEqual([]);
});

it("a drift run fails where a token was revoked or deleted, and up --refresh puts it right", async () => {
  const stack = await use.stack(program);
  await stack.up();
  const args = ["--refresh", "--expect-no-changes"];
  await stack.preview({ args });
  use.gitlab.revoke(1);
  await stack.preview({ args, fails: true });
  await stack.up({ args: ["--refresh"] });
  await stack.preview({ args });
  use.gitlab.deleteDeployToken(2);
  await stack.preview({ args, fails: true });
  use.gitlab.clearRequests();
  await stack.up({ args: ["--refresh"] });
  expect(writes(use.gitlab)).toEqual(["POST /projects/1/deploy_tokens"]);
  await stack.preview({ args });
});

it("a token of a deleted project is dropped once a person says so", async () => {
  const stack = await use.stack(program);
  await stack.up();
  use.gitlab.deleteOwner("project", "acme/app");
  const kept = await stack.refresh({ fails: true });
  expect(kept.output).toContain("gitlab:deletedProjects");
  expect(await stack.tokens()).toHaveLength(1);
  await stack.pulumiRun(["config", "set", "--path", "gitlab:deletedProjects[0]", "acme/app"]);
  await stack.up();
  await stack.refresh();
  expect(await stack.tokens()).toEqual([]);
});
