import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = resolve(__dirname, "..", "..");
const exec = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "installation-"));
const clone = join(folder, "clone");
const build = `node -e "fs.mkdirSync('dist');fs.writeFileSync('dist/index.js','')"`;

/** Makes a repository of this package, with a build that needs no dependency. */
beforeAll(async () => {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  const { name, version, files, main, scripts } = manifest;
  mkdirSync(clone);
  cpSync(join(root, ".ci", "prepare.mjs"), join(clone, ".ci", "prepare.mjs"));
  const own = { name, version, files, main, scripts: { ...(scripts as object), build } };
  writeFileSync(join(clone, "package.json"), JSON.stringify(own));
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    [...identity, "commit", "-q", "-m", "Package"],
  ])
    await exec("git", args, { cwd: clone });
});
afterAll(() => rmSync(folder, { recursive: true }));

it("an installation from git has the built files", { timeout: 120_000 }, async () => {
  const user = join(folder, "user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{"private":true}');
  const flags = ["install", "--offline", "--no-audit", "--no-fund", "--no-update-notifier"];
  await exec("npm", [...flags, `git+file://${clone}`], { cwd: user });
  expect(existsSync(join(user, "node_modules", "pulumi-gitlab-deploy-tokens", "dist", "index.js"))).toBe(
    true,
  );
});

it("npm pack in a clean clone builds, and npm install does not", { timeout: 120_000 }, async () => {
  await exec("npm", ["install", "--offline", "--no-audit", "--no-fund", "--no-update-notifier"], {
    cwd: clone,
  });
  expect(existsSync(join(clone, "dist"))).toBe(false);
  await exec("npm", ["pack", "--no-update-notifier"], { cwd: clone });
  const tarball = readdirSync(clone).find((name) => name.endsWith(".tgz"));
  const { stdout } = await exec("tar", ["-tzf", String(tarball)], { cwd: clone });
  expect(stdout).toContain("package/dist/index.js");
});
