import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { exampleFiles, installExamples } from "../engine/examples.js";
import {
  commitRepository,
  type GitLabCiLocal,
  installGitLabCiLocal,
  jobsOf,
  type PipelineSource,
  pipelineCommand,
} from "../engine/gitlab-ci-local.js";
import type { Stack } from "../engine/stack.js";
import { tokenProgram } from "../support/programs.js";
import { tokens } from "../support/run.js";
import { useEmulator, writes } from "./support.js";

// The variables of docs/pipelines.md and docs/configuration.md.
const use = useEmulator();
const program = tokenProgram({ project: "acme/app", name: "cluster pull", scopes: ["read_registry"] });
const env = (token: string) => ({ env: { GITLAB_BASE_URL: use.gitlab.url, GITLAB_TOKEN: token } });

/** A stack whose configuration has neither address nor access token. */
async function bare(...given: Partial<Parameters<typeof use.stack>>) {
  const [files = program, options] = given;
  const stack = await use.stack(files, options);
  for (const key of ["gitlab:token", "gitlab:baseUrl"]) await stack.pulumiRun(["config", "rm", key]);
  return stack;
}

it("an access token in the environment alone may differ for each command", async () => {
  const stack = await bare();
  await stack.up(env(tokens.owner));
  expect((await stack.refresh(env(tokens.maintainer))).changes).toEqual({ unchanged: 2 });
  expect((await stack.up(env(tokens.administrator))).changes).toEqual({ unchanged: 2 });
  const { text } = await stack.exported();
  expect(text).not.toContain("gitlab:token");
  await stack.destroy(env(tokens.maintainer));
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("an access token in the configuration is used by refresh after one up, or with --run-program", async () => {
  const args = {
    project: "acme/app",
    name: "x",
    scopes: ["read_registry", "read_repository"],
    expiresAt: "2031-01-31",
  };
  const stack = await use.stack(tokenProgram(args), { secrets: { "gitlab:token": tokens.owner } });
  await stack.up();
  await stack.configure({}, { "gitlab:token": tokens.revoked });
  // The access token of the last up is still in effect.
  await stack.refresh();
  const failed = await stack.refresh({ args: ["--run-program"], fails: true });
  expect(failed.output).toContain("run pulumi up first");
  await stack.configure({}, { "gitlab:token": tokens.maintainer });
  const refreshed = await stack.refresh({ args: ["--run-program"] });
  // Pulumi compares the program's text with the state before it asks the provider.
  expect(refreshed.output).not.toContain("diff: ");
  await stack.up();
  await stack.destroy();
  expect(use.gitlab.deployTokens()).toEqual([]);
});

it("a merge request's preview needs no access token, and can use the time of the last up", async () => {
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

it("a drift run fails if a token was revoked or deleted, and up --refresh repairs it", async () => {
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

it("a token of a deleted project is dropped once a person confirms the deletion", async () => {
  const stack = await use.stack(program);
  await stack.up();
  use.gitlab.deleteOwner("project", "acme/app");
  const kept = await stack.refresh({ fails: true });
  const [, key = "", id = ""] = /'(gitlab-deploy-tokens:deletedProjects\[0\])' (\d+)/.exec(kept.output) ?? [];
  expect(await stack.tokens()).toHaveLength(1);
  await stack.pulumiRun(["config", "set", "--path", key, id]);
  await stack.up();
  await stack.refresh();
  expect(await stack.tokens()).toEqual([]);
});

describe("examples/pipelines", { timeout: 600_000 }, () => {
  let tool: GitLabCiLocal;
  let below: string;
  beforeAll(async () => {
    const progress = (line: string) => void process.stderr.write(`${line}\n`);
    tool = await installGitLabCiLocal(progress);
    below = await installExamples(inject("engine").packed, progress);
  }, 600_000);

  /** Puts the example into a Git repository and returns a function that runs its pipeline at a time. */
  async function repository() {
    const options = { project: "pipelines", name: "production", below };
    const stack = await bare(exampleFiles("pipelines"), options);
    await commitRepository(stack.folder, use.gitlab.url);
    const pipeline = async (
      at: string,
      source: PipelineSource,
      variables: Readonly<Record<string, string>> = {},
      more: NodeJS.ProcessEnv = {},
    ) => {
      await use.gitlab.clock.set(at);
      const [file, args] = pipelineCommand(tool, join(stack.stateFolder, ".."), source);
      const given = Object.entries(variables).flatMap(([name, value]) => ["--variable", `${name}=${value}`]);
      const result = await stack.execute(file, [...args, ...given], { GITLAB_TESTING_TIME: at, ...more });
      const output = result.stdout + result.stderr;
      return { jobs: jobsOf(output), output };
    };
    return { stack, pipeline };
  }

  const artifact = (stack: Stack, job: string, file: string) =>
    readFileSync(join(stack.folder, ".gitlab-ci-local", "artifacts", job, file), "utf8");
  const names = () =>
    use.gitlab
      .deployTokens()
      .map(({ name }) => name)
      .sort();

  it("pipelines: previews merge requests, runs up, audits and rotates from schedules", async () => {
    const { stack, pipeline } = await repository();
    const GITLAB_TOKEN = tokens.owner;

    const [start, late] = ["2031-01-10T06:00:00Z", "2031-06-20T06:00:00Z"];
    const preview = await pipeline(start, "merge_request_event");
    expect(preview.jobs, preview.output).toEqual({ preview: "PASS" });
    expect(use.gitlab.requests).toEqual([]);

    const up = await pipeline(start, "push", {}, { GITLAB_TOKEN });
    expect(up.jobs, up.output).toEqual({ up: "PASS" });
    const first = names();
    expect(first.length).toBeGreaterThanOrEqual(2);

    const audit = { TASK: "audit" };
    const clean = await pipeline(start, "schedule", audit, { GITLAB_TOKEN });
    expect(clean.jobs, clean.output).toEqual({ audit: "PASS" });
    expect(artifact(stack, "audit", "audit.xml")).toContain('failures="0"');

    // The rotation is due, and the fixed date is ten days away.
    const rotate = await pipeline(late, "schedule", { TASK: "rotate" }, { GITLAB_TOKEN });
    expect(rotate.jobs, rotate.output).toEqual({ rotate: "PASS" });
    expect(names()).not.toEqual(first);

    const failed = await pipeline(late, "schedule", audit, { GITLAB_TOKEN });
    expect(failed.jobs, failed.output).toEqual({ audit: "FAIL" });
    expect(artifact(stack, "audit", "audit.xml")).toContain('failures="1"');
    const issues = JSON.parse(artifact(stack, "audit", "code-quality.json")) as { severity: string }[];
    expect(issues.filter(({ severity }) => severity === "critical")).toMatchObject([
      { check_name: "deploy-token/expiring", description: expect.stringContaining("mirror") },
    ]);
    expect(artifact(stack, "audit", "audit.html")).toMatch(/^<!doctype html>/);

    const variables = { GITLAB_READ_TOKEN: tokens.readApi };
    const review = await pipeline(late, "merge_request_event", variables);
    expect(review.jobs["preview"], review.output).toBe("PASS");
    expect(artifact(stack, "findings", "audit.xml")).toContain('failures="1"');
  });

  it("GitLab's CI schema accepts the jobs, and refuses a value of a wrong type", async () => {
    const { stack } = await repository();
    const list = async (text: string) => {
      stack.write({ "checked.yml": text });
      const { code, stdout, stderr } = await stack.execute(
        tool.node,
        [tool.script, "--file", "checked.yml", "--list-all"],
        {},
      );
      return { code, output: stdout + stderr };
    };
    const text = readFileSync(join(stack.folder, ".gitlab-ci.yml"), "utf8");
    const taken = await list(text);
    expect(taken, taken.output).toMatchObject({
      code: 0,
      output: expect.stringContaining("findings"),
    });
    const refused = await list(text.replace("interruptible: false", "interruptible: 3"));
    expect(refused.code, refused.output).not.toBe(0);
    expect(refused.output).toMatch(/interruptible/);
  });
});
