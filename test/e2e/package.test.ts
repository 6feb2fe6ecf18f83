import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { run } from "../engine/command.js";
import { stableChecks } from "../package/checks.js";
import { folder, useFolder } from "../support/folder.js";

/** `npm run check:package`, without the checks that ask the registry. */
describe("the packed package can be published", () => {
  it.each(stableChecks)("$name", async ({ run }) => {
    expect(await run(inject("engine").packed)).not.toBe("");
  });
});

describe("the command emulator of the installed package", () => {
  const { installed } = inject("engine");
  useFolder();

  it("is found by npx, and --help names its options and the lines to paste", async () => {
    const args = ["--no-install", "pulumi-gitlab-deploy-tokens", "emulator", "--help"];
    const { code, stdout } = await run("npx", args, { cwd: installed });
    expect(code).toBe(0);
    for (const text of [
      "--seed <file>",
      "--profile <version>",
      "export GITLAB_BASE_URL=",
      "export GITLAB_TOKEN=",
    ])
      expect(stdout).toContain(text);
  });

  it("serves the data of --seed, under the printed address and access token, until Ctrl-C", async () => {
    const seed = {
      users: [{ username: "olga", tokens: [{ value: "glpat-olga-0000000001" }] }],
      groups: [{ path: "own", members: { olga: "owner" } }],
      projects: [{ path: "own/app" }],
      deployTokens: [{ project: "own/app", name: "seeded", scopes: ["read_registry"] }],
    };
    const file = join(folder, "seed.json");
    writeFileSync(file, JSON.stringify(seed));
    const command = join(installed, "node_modules", ".bin", "pulumi-gitlab-deploy-tokens");
    const child = spawn(command, ["emulator", "--seed", file], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    try {
      let printed = "";
      for await (const chunk of child.stdout) {
        printed += String(chunk);
        if (printed.includes("project  own/app")) break;
      }
      const lines = [...printed.matchAll(/^export (GITLAB_\w+)=(.+)$/gm)];
      const pasted = Object.fromEntries(lines.map(([, name, value]) => [name, value]));
      expect(pasted).toEqual({
        GITLAB_BASE_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        GITLAB_TOKEN: "glpat-olga-0000000001",
      });
      const audit = ["audit", "--project", "own/app", "--format", "csv", "--fail-on", "none"];
      const { code, stdout } = await run(command, audit, { cwd: folder, env: { ...process.env, ...pasted } });
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+,seeded,.*,own\/app,read_registry,/m)]);
    } finally {
      child.kill("SIGINT");
    }
    expect(await ended).toEqual([0, null]);
  });

  it("says in one sentence that it needs hono", async () => {
    const modules = join(folder, "node_modules");
    const name = "pulumi-gitlab-deploy-tokens";
    mkdirSync(modules);
    for (const each of readdirSync(join(installed, "node_modules"))) {
      const from = join(installed, "node_modules", each);
      if (each === name) cpSync(from, join(modules, each), { recursive: true });
      else if (each !== "hono" && !each.startsWith(".")) symlinkSync(from, join(modules, each));
    }
    const main = join(modules, name, "dist", "cli", "main.js");
    const { code, stdout, stderr } = await run(process.execPath, [main, "emulator"], { cwd: folder });
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      "error: The emulator needs the package hono: npm install --save-dev hono\n",
    ]);
  });
});
