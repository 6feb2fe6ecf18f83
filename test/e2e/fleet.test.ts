import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import { installExamples } from "../engine/examples.js";
import { declarationOf, FleetFolder, namesOf, seedOf } from "../engine/fleet.js";
import {
  commitRepository,
  type GitLabCiLocal,
  installGitLabCiLocal,
  jobsOf,
  type PipelineSource,
  pipelineCommand,
} from "../engine/gitlab-ci-local.js";
import { holdAnswers, liveNames } from "./fleet-support.js";

const declared = declarationOf(5, 10);
const teams = declared.teams.map(({ name }) => name);
const progress = (line: string) => void process.stderr.write(`${line}\n`);

let gitlab: Emulator;
let tool: GitLabCiLocal;
let fleet: FleetFolder;
beforeAll(async () => {
  gitlab = await start({ seed: seedOf(declared) });
  tool = await installGitLabCiLocal(progress);
  const engine = inject("engine");
  const below = await installExamples(engine.packed, progress);
  // Prune trusts a state that has not changed for a minute after a kill.
  const GITLAB_TESTING_TIME = new Date(Date.now() + 3_600_000).toISOString();
  const PULUMI_NODEJS_TRANSPILE_ONLY = "true";
  const env = { GITLAB_BASE_URL: gitlab.url, GITLAB_TESTING_TIME, PULUMI_NODEJS_TRANSPILE_ONLY };
  fleet = new FleetFolder(engine, below, env);
  await commitRepository(join(fleet.folder, "fleet"), gitlab.url);
});
afterAll(async () => {
  fleet.dispose();
  await gitlab.close();
});

const startPipeline = (source: PipelineSource) => fleet.start(...pipelineCommand(tool, fleet.home, source));

async function pipeline(source: PipelineSource) {
  const run = startPipeline(source);
  await run.ended;
  return { jobs: jobsOf(run.output()), output: run.output() };
}
const all = (verb: string, result: "PASS" | "FAIL") =>
  Object.fromEntries(teams.map((team) => [`${verb} ${team}`, result]));

describe("the pipelines of examples/fleet, one after the other", { timeout: 900_000 }, () => {
  it("a push runs up on every stack; a killed pipeline leaves nothing behind once it runs again", async () => {
    fleet.declare(declarationOf(5, 5));
    const first = await pipeline("push");
    expect(first.jobs, first.output).toEqual({
      generate: "PASS",
      fleet: "PASS",
      audit: "PASS",
      ...all("up", "PASS"),
    });
    expect(liveNames(gitlab)).toEqual(namesOf(declarationOf(5, 5)));

    fleet.declare(declared);
    const answers = holdAnswers(gitlab);
    const killed = startPipeline("push");
    await answers.atLeast(25 + 6);
    process.kill(-Number(killed.process.pid), "SIGKILL");
    await killed.ended;
    answers.release();

    const again = await pipeline("push");
    expect(again.jobs, again.output).toMatchObject({ audit: "PASS", ...all("up", "PASS") });
    // A request in flight at the kill may have created one more.
    const deleted = [...again.output.matchAll(/(\d+) of \d+ deploy tokens? deleted\./g)];
    expect(deleted.reduce((sum, [, count]) => sum + Number(count), 0)).toBeGreaterThanOrEqual(6);
    expect(liveNames(gitlab)).toEqual(namesOf(declared));
    expect(await fleet.ids(declared)).toEqual(gitlab.deployTokens().map(({ id }) => id));
  });

  it("a merge request previews its changes without a request to GitLab", async () => {
    gitlab.clearRequests();
    const { jobs, output } = await pipeline("merge_request_event");
    expect(jobs, output).toEqual({ generate: "PASS", fleet: "PASS", ...all("preview", "PASS") });
    expect(gitlab.requests).toEqual([]);
  });

  it("a schedule fails for the stack that drifted", async () => {
    const [token] = gitlab.deployTokens();
    const path = gitlab.store.find(token?.kind ?? "group", String(token?.ownerId))?.path ?? "";
    const drifted = teams.find((team) => path.includes(team));
    gitlab.revoke(Number(token?.id));
    const { jobs, output } = await pipeline("schedule");
    expect(jobs, output).toMatchObject({ ...all("drift", "PASS"), [`drift ${drifted}`]: "FAIL" });
  });

  it("GitLab's CI schema accepts the generated pipeline, and refuses a wrong retry", () => {
    const folder = join(fleet.folder, "fleet");
    const generate = ["--import", "tsx", "pipeline.ts", "push"];
    const generated = execFileSync(process.execPath, generate, { cwd: folder, encoding: "utf8" });
    const list = (text: string) => {
      writeFileSync(join(folder, "generated.yml"), text);
      const args = [tool.script, "--file", "generated.yml", "--list"];
      return execFileSync(tool.node, args, { cwd: folder, encoding: "utf8", env: fleet.env, stdio: "pipe" });
    };
    expect(list(generated)).toContain("up team-0");
    expect(() => list(generated.replaceAll('"max": 2', '"max": 9'))).toThrow(/retry/);
    expect(readFileSync(join(folder, "generated.yml"), "utf8")).toContain('"max": 9');
  });
});
