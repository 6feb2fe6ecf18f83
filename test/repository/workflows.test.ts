import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { run } from "../engine/command.js";

const root = join(__dirname, "..", "..");
const folder = join(root, ".github", "workflows");
const workflows = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(join(folder, name), "utf8"),
}));

it.each(workflows)("$name pins each action by the SHA of a commit, and names its version", ({ text }) => {
  for (const [, action] of text.matchAll(/uses: (.*)/g)) {
    expect(action).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

it.each(workflows)("$name grants no right to write by default", ({ text }) => {
  expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
});

it("the job that publishes runs no code of the package and reads no secret", () => {
  const release = readFileSync(join(folder, "release.yml"), "utf8");
  const publish = release.slice(release.indexOf("\n  publish:"), release.indexOf("\n  announce:"));
  expect(publish).toContain("npm publish --ignore-scripts");
  expect(publish).not.toMatch(/checkout|npm ci|npm run|secrets\.|registry-url/);
});

it("no file names the host of a public package registry", async () => {
  const hosts = [
    ["registry", "npmjs"],
    ["registry", "yarnpkg"],
    ["pypi", "org"],
    ["pythonhosted", "org"],
    ["proxy", "golang"],
    ["repo1", "maven"],
    ["repo.maven", "apache"],
    ["deb", "debian"],
    ["ghcr", "io"],
    ["docker", "io"],
    ["mcr", "microsoft"],
  ].map((parts) => parts.join("\\."));
  const { stdout } = await run("git", ["grep", "-nIE", hosts.join("|")], { cwd: root });
  expect(stdout).toBe("");
});
