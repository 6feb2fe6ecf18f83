import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const file = resolve(__dirname, "..", "..", "examples", "fleet", "pipeline.ts");

interface Job {
  readonly stage: string;
  readonly script: readonly string[];
  readonly resource_group?: string;
  readonly interruptible?: boolean;
  readonly retry?: object;
}

function pipelineFor(source: string): Record<string, Job> {
  const {
    stages,
    workflow,
    default: shared,
    ...jobs
  } = JSON.parse(
    execFileSync(process.execPath, ["--import", "tsx", file, source], { encoding: "utf8" }),
  ) as Record<string, Job>;
  expect([stages, workflow, shared]).toEqual([
    ["stacks", "audit"],
    { rules: [{ when: "always" }] },
    { before_script: ["npm ci"] },
  ]);
  return jobs;
}

it("a push runs up on every stack, one job at a time on each, and audits all of them", () => {
  const { audit, ...jobs } = pipelineFor("push");
  expect(Object.keys(jobs)).toEqual(["up payments", "up search"]);
  expect(jobs["up payments"]).toEqual({
    stage: "stacks",
    resource_group: "pulumi/payments",
    interruptible: false,
    retry: { max: 2, when: ["runner_system_failure", "scheduler_failure", "stale_schedule"] },
    script: [
      "pulumi stack select --create payments",
      'if [ "$PULUMI_CANCEL" = true ]; then pulumi cancel --yes payments; fi',
      `if pulumi stack export --stack payments | grep -q '"pending_operations"'; then ` +
        "npx pulumi-gitlab-deploy-tokens prune --left-by-killed-run --yes --stack payments" +
        " --group acme/payments --project acme/payments/api && " +
        "pulumi refresh --yes --skip-preview --clear-pending-creates --stack payments || true; fi",
      "pulumi up --yes --skip-preview --stack payments",
    ],
  });
  expect(audit?.script).toEqual([
    "npx pulumi-gitlab-deploy-tokens audit --fail-on unknown --stack payments --stack search" +
      " --group acme/payments --project acme/payments/api --project acme/search/index",
  ]);
});

it("a merge request previews every stack and waits for no other pipeline", () => {
  const jobs = pipelineFor("merge_request_event");
  expect(Object.keys(jobs)).toEqual(["preview payments", "preview search"]);
  expect(jobs["preview search"]?.script).toContain("pulumi preview --diff --stack search");
  expect(jobs["preview search"]).not.toHaveProperty("resource_group");
});

it("a schedule fails on a stack that drifted", () => {
  const jobs = pipelineFor("schedule");
  expect(jobs["drift search"]).toMatchObject({
    resource_group: "pulumi/search",
    script: ["pulumi refresh --preview-only --expect-no-changes --stack search"],
  });
});

it("any other source is treated like a push", () => {
  expect(pipelineFor("web")).toEqual(pipelineFor("push"));
});
