import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { cached } from "./cache.js";
import { runOrThrow } from "./command.js";
import { namespaces } from "./fleet.js";
import { node22, nodeFolder } from "./node.js";

/** gitlab-ci-local and the Node.js that it needs. */
export interface GitLabCiLocal {
  readonly node: string;
  readonly script: string;
}

export async function installGitLabCiLocal(progress: (line: string) => void): Promise<GitLabCiLocal> {
  const version = "4.75.1";
  const node = join(await nodeFolder(node22, progress), "node");
  const folder = await cached(`gitlab-ci-local-${version}`, async (target) => {
    progress(`Installing gitlab-ci-local ${version} ...`);
    const flags = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", target];
    await runOrThrow("npm", [...flags, `gitlab-ci-local@${version}`], { cwd: target });
  });
  return { node, script: join(folder, "node_modules", "gitlab-ci-local", "dist", "index.js") };
}

/**
 * Makes a folder with a .gitlab-ci.yml a Git repository, which gitlab-ci-local needs. The jobs find the packages
 * above it.
 */
export async function commitRepository(folder: string, gitlabUrl: string, main = "index.ts"): Promise<void> {
  // The tool takes CI_SERVER_URL from the remote's host, without the port.
  const pipeline = join(folder, ".gitlab-ci.yml");
  writeFileSync(pipeline, readFileSync(pipeline, "utf8").replace("$CI_SERVER_URL", gitlabUrl));
  // A job's `npm ci` installs nothing, because all packages are above the folder.
  const name = basename(folder);
  const lock = { name, lockfileVersion: 3, requires: true, packages: { "": { name } } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, main }));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    [...identity, "commit", "-q", "-m", "Pipeline"],
    ["remote", "add", "origin", `git@gitlab.example.com:acme/${name}.git`],
  ])
    await runOrThrow("git", args, { cwd: folder });
}

export type PipelineSource = "push" | "merge_request_event" | "schedule";

/** Runs a pipeline, two jobs at a time, in its own process namespace like a runner's container. */
export function pipelineCommand(
  { node, script }: GitLabCiLocal,
  home: string,
  source: PipelineSource,
): [file: string, args: string[]] {
  const args = [
    ...[script, "--home", join(home, "gitlab-ci-local"), "--shell-isolation", "--concurrency", "2"],
    ...["--variable", `CI_PIPELINE_SOURCE=${source}`],
  ];
  return ["unshare", [...namespaces(), node, ...args]];
}

/**
 * Reads the jobs of a finished pipeline from the tool's last lines. The exit code counts a failed child pipeline as
 * passed.
 */
export function jobsOf(output: string): Record<string, "PASS" | "FAIL"> {
  const plain = stripVTControlCharacters(output);
  const lines = [...plain.matchAll(/^ *(PASS|FAIL) +(?:\[[^\]]+\] -> )?(.+?) *$/gm)];
  return Object.fromEntries(lines.map(([, result, job]) => [job, result as "PASS" | "FAIL"]));
}
