import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import type { Project } from "./entities.js";

/** Git without the machine's and the user's settings. */
export const gitEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env["PATH"],
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: devNull,
};

/** Bare repositories in a temporary folder, each created from the project's files at its first use. */
export class Repositories {
  private root: string | undefined;
  private readonly made = new Set<number>();

  /** Undefined: the project has no repository. */
  folder({ id, files }: Project): string | undefined {
    if (files === undefined) return undefined;
    this.root ??= mkdtempSync(join(tmpdir(), "gitlab-repositories-"));
    const folder = join(this.root, `${id}.git`);
    if (this.made.has(id)) return folder;
    const git = (args: string[], input = "") => execFileSync("git", args, { env: gitEnvironment, input });
    git(["init", "--quiet", "--bare", "--initial-branch=main", folder]);
    git(["-C", folder, "fast-import", "--quiet"], commit(files));
    this.made.add(id);
    return folder;
  }

  clear(): void {
    if (this.root !== undefined) rmSync(this.root, { recursive: true, force: true });
    this.root = undefined;
    this.made.clear();
  }
}

/** One commit as `git fast-import` reads it. */
function commit(files: Readonly<Record<string, string>>): string {
  const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  const entries = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${JSON.stringify(path)}\n${data(text)}`,
  );
  return `commit refs/heads/main\ncommitter GitLab <gitlab@localhost> 0 +0000\n${data("Seed")}${entries.join("")}`;
}
