import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gitlab, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { tokens } from "../support/run.js";
import { cli } from "./support.js";

useEmulator();
useFolder();

const app = ["--project", "acme/app"];
const pull = ["ProjectDeployToken", "pull", "acme/app:1"];

describe("an argument that is refused before any request (trust.md 7)", () => {
  it.each([
    ["audit", "acme"],
    ["audit", ...app, "--insecure", "true"],
    ["prune", "acme/app", "--yes"],
  ])("a name without its option: %s %s", async (...args) => {
    expect(await refused(args)).toMatch(
      /^error: \w+ takes no arguments; wanted: --group PATH, --project PATH/,
    );
  });

  it.each([
    [["whose", "gldt-abcdefghijklmnopqrst"], "whose takes no arguments; wanted: the value on standard input"],
    [
      ["whose", "--token", "jMRvtPNxrn3crTAGukpZ"],
      "other users can see arguments; wanted: the deploy token's value on",
    ],
    [
      ["import", ...pull, "--token", "jMRvtPNxrn3crTAGukpZ"],
      "wanted: the deploy token's value on standard input",
    ],
    [
      ["audit", ...app, "--token", "tok-without-a-prefix"],
      "wanted: the access token in the environment variable GITLAB_TOKEN",
    ],
    [["prune", ...app, "--private-token", "tok-without-a-prefix"], "environment variable GITLAB_TOKEN"],
    [["audit", "--access-token=glpat-abcdefghijklmnopqrst", ...app], "environment variable GITLAB_TOKEN"],
  ])("a secret, which no message repeats: %#", async (args, message) => {
    const err = await refused(args);
    expect(err).toContain(message);
    expect(err).not.toMatch(/abcdefghijkl|jMRvtPNxrn|without-a-prefix/);
  });

  it.each([
    ["audit", ...app, "--stack", ""],
    ["audit", ...app, "--state", " "],
    ["audit", ...app, "--base-url", ""],
    ["audit", ...app, "--cacert-file="],
    ["audit", ...app, "--output", ""],
    ["prune", ...app, "--stack", "", "--yes"],
    ["whose", "--state", ""],
    ["to-official", "--stack", ""],
    ["import", ...pull, "--stack", "", "--yes"],
  ])("the empty text of an unset variable: %s %s %s %s", async (...args) => {
    expect(await refused(args)).toContain("is invalid. wanted: a text that is not empty");
  });

  it.each([
    ["--project", "https://gitlab.com/acme/app"],
    ["--project", "git@gitlab.com:acme/app.git"],
    ["--project", "acme/app.wiki.git"],
    ["--project", "acme/app/-/settings"],
    ["--project", "acme%2Fapp"],
    ["--group", "acme/"],
    ["--group", "groups/acme/-/settings"],
  ])("a project or group as people copy it: %s %s", async (option, path) => {
    expect(await refused(["audit", option, path])).toMatch(
      /is invalid. wanted: the (project|group)'s numeric id or its full path/,
    );
  });

  it.each([
    ["audit", "--projct", "--project"],
    ["prune", "--dryrun", "--dry-run"],
    ["whose", "--stak", "--stack"],
    ["import", "--prodect", "--protect"],
  ])("a misspelt option of %s: %s", async (command, option, meant) => {
    expect(await refused([command, option])).toContain(`(Did you mean ${meant}?)`);
  });

  it.each(["GL_TOKEN", "GITLAB_PRIVATE_TOKEN", "GITLAB_ACCESS_TOKEN"])(
    "an access token in %s",
    async (variable) => {
      const env = { GITLAB_TOKEN: "", [variable]: "glpat-elsewhere" };
      const { code, err } = await cli(gitlab, ["audit", ...app], { env });
      expect([code, err]).toEqual([
        2,
        expect.stringContaining(`(${variable} is set, but this package does not use it).`),
      ]);
      expect(err).not.toContain("elsewhere");
    },
  );

  it.each([
    [
      ["prune", ...app, "--no-stacks", "--stack", "dev"],
      "'--no-stacks' cannot be used with option '--stack <name>'",
    ],
    [["prune", ...app, "--state", "a.json", "--no-stacks"], "cannot be used with option '--state <file>'"],
    [
      ["to-official", "--stack", "dev", "--state", "a.json"],
      "Both --stack and --state are given; wanted: --stack",
    ],
    [["to-official"], "No stack given; wanted: --stack NAME or --state FILE"],
    [
      ["import", ...pull, "--protect", "maybe", "--yes"],
      "'maybe' is invalid. Allowed choices are true, false.",
    ],
    [
      ["audit", ...app, "--state", "production"],
      "production cannot be read (ENOENT); wanted: a file that pulumi stack export wrote, or --stack NAME",
    ],
    [["to-official", "--state", "production"], "production cannot be read (ENOENT); wanted: a file that"],
    [
      ["import", "--file", "missing.json", "--yes"],
      "(ENOENT); wanted: an import file, such as audit --emit import writes",
    ],
  ])("options of which one is wrong: %j", async (args, message) => {
    expect(await refused(args)).toContain(message);
  });

  async function refused(args: readonly string[]): Promise<string> {
    const { code, out, err } = await cli(gitlab, args);
    expect([code, out, gitlab.requests]).toEqual([2, "", []]);
    return err;
  }
});

describe("a failure names what the command reads, not a key of a stack", () => {
  it.each([
    ["audit", {}, ["--base-url", "http://127.0.0.1:9"], "Check --base-url (http://127.0.0.1:9), the network"],
    ["audit", { GITLAB_TOKEN: "glpat-nobody" }, [], "expired, revoked, or of another GitLab."],
    ["audit", { GITLAB_HEADERS: '{"PRIVATE-TOKEN":"x"}' }, [], "has its own setting: set GITLAB_TOKEN."],
    [
      "audit",
      { GITLAB_CLIENT_KEY: "-----BEGIN X" },
      [],
      "without a client certificate; wanted: GITLAB_CLIENT_CERT too",
    ],
    ["prune", { GITLAB_TOKEN: tokens.outsider }, ["--dry-run", "--no-stacks"], "For a group use --group."],
    ["audit", {}, ["--project", "acme/platform"], "For a group use --group."],
    ["audit", {}, ["--group", "acme/tools"], "For a project use --project."],
  ])("%s, %o", async (command, env, args, message) => {
    const { code, err } = await cli(gitlab, [command, ...app, "--retries", "0", ...args], { env });
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(err).not.toMatch(/gitlab:|pulumi up|DeployToken/);
  });

  it.each([
    [{ kind: "respond", status: 404, body: `{"error":"404 Not Found"}` }, "(--base-url or GITLAB_BASE_URL)"],
    [{ kind: "respond", status: 200, body: "<html>" }, "check --base-url ("],
    [{ kind: "respond", status: 429, body: "{}" }, "Reduce the parallelism (--concurrency 2)"],
  ] as const)("response %o", async (fault, message) => {
    gitlab.faults.add({ times: Number.POSITIVE_INFINITY, fault });
    const { code, err } = await cli(gitlab, ["audit", ...app, "--retries", "0"]);
    gitlab.reset();
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

it("notes a file whose name says another format than the table, and nothing else", async () => {
  const at = (...args: string[]) =>
    cli(gitlab, ["audit", ...app, ...args], { env: { GITLAB_TESTING_TIME: "" } });
  const file = join(folder, "report.html");
  expect((await at("--output", file)).err).toBe(
    `note: --output ${file} gets the format table; for html add --format html\n`,
  );
  expect((await at("--output", file, "--format", "html")).err).toBe("");
  expect((await at("--output", join(folder, "a.json"), "--format", "sarif")).err).toBe("");
});
