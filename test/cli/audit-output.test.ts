import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { AuditReport } from "../../provider/cli/audit-report.js";
import { openOutput } from "../../provider/cli/output-file.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { folderOfTest } from "../support/folder.js";
import { paths } from "../support/run.js";
import { cli, exported, now, row } from "./support.js";

let folder: string;
useEmulator({ time: now });
beforeEach(() => {
  folder = folderOfTest();
});

const app = ["audit", "--project", "acme/app"];
const forbidden = { kind: "respond", status: 403, body: '{"message":"403 Forbidden"}' } as const;
const expiring = () =>
  gitlab.createDeployToken({
    project: "acme/app",
    name: "soon",
    scopes: ["read_registry"],
    expiresAt: "2026-12-01",
  });

describe("a file that cannot be written", () => {
  it.each([
    ["a folder", ".", "EISDIR"],
    ["in a folder that is not there", "missing/report.html", "ENOENT"],
    ["below a file", "file/report.html", "ENOTDIR"],
    ["where no file can be made", "/proc/report.html", "ENOENT"],
  ])("is refused before any request: %s", async (_, name, reason) => {
    writeFileSync(join(folder, "file"), "");
    const path = name.startsWith("/") ? name : join(folder, name);
    const message = `${path} cannot be written (${reason}); wanted: a file in a folder that exists`;
    for (const args of [
      ["--output", path],
      ["--report", `junit=${path}`],
      ["--emit", "adopt", "--output", path],
    ]) {
      const { code, out, err } = await cli(gitlab, [...app, ...args]);
      // With a folder, --emit reports first that it exists.
      const reasons = args[0] === "--emit" && reason === "EISDIR" ? "the file exists" : message;
      expect([code, out, err]).toEqual([2, "", expect.stringContaining(reasons)]);
    }
    expect(gitlab.requests).toEqual([]);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it.skipIf(!existsSync("/dev/full"))(
    "is named with its option where the disk is full at the end",
    async () => {
      for (const option of [
        ["--output", "/dev/full"],
        ["--report", "junit=/dev/full"],
      ]) {
        const { code, err } = await cli(gitlab, [...app, ...option]);
        expect([code, err]).toEqual([
          2,
          expect.stringContaining(
            `error: ${option.join(" ")} cannot be written (ENOSPC); wanted: a disk with free space`,
          ),
        ]);
      }
    },
  );

  it("is named with its option where its folder goes away in the meantime", async () => {
    const below = join(folder, "below");
    mkdirSync(below);
    const output = await openOutput("--output below/report", join(below, "report"));
    rmSync(below, { recursive: true });
    await expect(output.write("report")).rejects.toThrow("--output below/report cannot be written (ENOENT)");
  });

  it("is also refused by to-official, before it reads the stack", async () => {
    const { code, err } = await cli(gitlab, ["to-official", "--state", "/nowhere.json", "--output", folder]);
    expect([code, err]).toEqual([2, expect.stringContaining("(EISDIR)")]);
  });
});

describe("a file that is written", () => {
  it("is replaced in one step and keeps its rights; a link is followed", async () => {
    const file = join(folder, "report.prom");
    writeFileSync(file, "before");
    chmodSync(file, 0o640);
    symlinkSync(file, join(folder, "link"));
    const before = statSync(file).ino;
    const { code } = await cli(gitlab, [...app, "--format", "prometheus", "--output", join(folder, "link")]);
    expect(code).toBe(0);
    expect(readFileSync(file, "utf8")).toContain("gitlab_deploy_token_audit_complete{");
    const { ino, mode } = statSync(file);
    expect([ino === before, mode & 0o777]).toEqual([false, 0o640]);
    expect(readdirSync(folder).sort()).toEqual(["link", "report.prom"]);
  });

  it("has the rights that the command asks for, even if the file existed", async () => {
    const file = join(folder, "secret.json");
    writeFileSync(file, "before", { mode: 0o644 });
    await (await openOutput("--output", file, 0o600)).write("after");
    expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["after", 0o600]);
  });

  it("may be a device", async () => {
    expect((await cli(gitlab, [...app, "--output", "/dev/null"])).code).toBe(0);
  });

  it("may be a pipe, which stays a pipe", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const output = await openOutput("--output", pipe);
    const [, text] = await Promise.all([
      output.write("report"),
      import("node:fs/promises").then((fs) => fs.readFile(pipe, "utf8")),
    ]);
    expect([text, statSync(pipe).isFIFO()]).toEqual(["report", true]);
  });
});

describe("--report", () => {
  it("says in every format for alarms that the audit is incomplete", async () => {
    gitlab.faults.add({ path: /projects\/2\/deploy_tokens/, fault: forbidden });
    const formats = ["prometheus", "junit", "code-quality", "sarif"];
    const args = formats.flatMap((format) => ["--report", `${format}=${join(folder, format)}`]);
    const { code } = await cli(gitlab, ["audit", "--group", "acme", "--recursive", ...args]);
    const read = (format: string) => readFileSync(join(folder, format), "utf8");
    expect(code).toBe(2);
    expect(read("prometheus")).toMatch(/^gitlab_deploy_token_audit_complete\{.*\} 0$/m);
    expect(read("junit")).toContain('failures="1"');
    expect(read("code-quality")).toContain("deploy-token/incomplete");
    expect(read("sarif")).toContain('"executionSuccessful": false');
  });

  it("writes further formats of the same audit, which reads from GitLab once", async () => {
    expiring();
    const files = ["junit=junit.xml", "code-quality=quality.json", "html=report.html"];
    const args = files.flatMap((each) => ["--report", each.replace("=", `=${folder}/`)]);
    const { code, out } = await cli(gitlab, [...app, ...args]);
    expect([code, out]).toEqual([1, expect.stringMatching(/^ID +NAME/)]);
    expect(readdirSync(folder).sort()).toEqual(["junit.xml", "quality.json", "report.html"]);
    expect(readFileSync(join(folder, "junit.xml"), "utf8")).toContain('failures="1"');
    expect(paths(gitlab)).toHaveLength(2);
  });

  it("refuses two reports for one file", async () => {
    const file = join(folder, "report");
    for (const args of [
      ["--report", `junit=${file}`, "--report", `html=${folder}/./report`],
      ["--report", `junit=${file}`, "--output", file],
    ]) {
      const { code, err } = await cli(gitlab, [...app, ...args]);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(/^error: Two reports go to .*report; wanted: a file of its own/m),
      ]);
    }
    expect(gitlab.requests).toEqual([]);
  });

  it.each(["junit", "junit=", "xml=a.xml", "=a"])("refuses %j", async (given) => {
    const { code, err } = await cli(gitlab, [...app, "--report", given]);
    expect([code, err]).toEqual([2, expect.stringContaining("wanted: a format and a file, such as junit=")]);
  });
});

describe("--emit", () => {
  it("prints its hint as a note, also with --quiet, and what it leaves out as a warning", async () => {
    const make = (name: string) =>
      gitlab.createDeployToken({ project: "acme/app", name, scopes: ["read_registry"] });
    const ids = [make("fine"), make(" ")].map(({ id }) => id);
    const { err } = await cli(gitlab, [...app, "--emit", "import", "--quiet"]);
    expect(err.match(/^(note|warning): (GitLab does not give|Left out)|: \d+\.$/gm)).toEqual([
      "note: GitLab does not give",
      "warning: Left out",
      `: ${ids[1]}.`,
    ]);
  });

  it("exits with 0 once the program is written, even if an audit would have findings", async () => {
    const { id } = expiring();
    expect((await cli(gitlab, app)).code).toBe(1);
    const file = join(folder, "adopted.ts");
    const stack = join(folder, "stack.json");
    writeFileSync(stack, exported(row("project", "acme/app", 99)));
    const emit = ["--emit", "adopt", "--output", file];
    expect((await cli(gitlab, [...app, ...emit, "--state", stack])).code).toBe(0);
    expect(readFileSync(file, "utf8")).toContain(`deployTokenId: ${id}`);
  });

  it("exits with 2 if not everything could be read", async () => {
    gitlab.faults.add({ path: /projects\/2\/deploy_tokens/, times: 9, fault: forbidden });
    const { code } = await cli(gitlab, ["audit", "--group", "acme", "--recursive", "--emit", "adopt"]);
    expect(code).toBe(2);
  });

  it.each([
    ["--fail-on", "any"],
    ["--report", "json=x.json"],
  ])("is refused together with %s", async (...args) => {
    const { code, err } = await cli(gitlab, [...app, "--emit", "adopt", ...args]);
    expect([code, err]).toEqual([2, expect.stringContaining("cannot be used with option")]);
  });
});

describe("--user", () => {
  const json = async (...args: string[]) => {
    const ran = await cli(gitlab, ["audit", ...args, "--format", "json"]);
    return { ...ran, report: JSON.parse(ran.out || "null") as AuditReport };
  };

  it("lists the tokens of a user's own projects, by name in any case or by id", async () => {
    gitlab.createDeployToken({ project: "olivia/notes", name: "own", scopes: ["read_registry"] });
    gitlab.createDeployToken({ project: "acme/app", name: "elsewhere", scopes: ["read_registry"] });
    const olivia = String(gitlab.store.users.find(({ username }) => username === "olivia")?.id);
    for (const user of ["olivia", "Olivia", olivia]) {
      const { code, report } = await json("--user", user);
      expect(code).toBe(0);
      expect(report.tokens.map(({ name, owner }) => [name, owner?.path])).toEqual([["own", "olivia/notes"]]);
      expect(report.targets).toEqual([`user ${user}`]);
    }
  });

  it("names the projects that the access token may not read", async () => {
    gitlab.faults.add({ path: /projects\/\d+\/deploy_tokens/, fault: forbidden });
    const { code, err } = await cli(gitlab, ["audit", "--user", "olivia"]);
    expect([code, err]).toEqual([2, expect.stringContaining("project olivia/notes (403 forbidden)")]);
  });

  it("is shared by prune", async () => {
    const { id } = gitlab.createDeployToken({
      project: "olivia/notes",
      name: "own",
      scopes: ["read_registry"],
    });
    gitlab.revoke(id);
    const { code, out } = await cli(gitlab, ["prune", "--user", "olivia", "--no-stacks", "--yes"]);
    expect([code, out]).toEqual([0, expect.stringContaining("1 of 1 deploy token deleted.")]);
  });

  it.each([
    ["nobody", "404 User Not Found. No user has this name or id."],
    ["@olivia", "wanted: a user's name as in the address of the profile"],
    ["a/b", "wanted: a user's name"],
    ["..", "wanted: a user's name"],
    ["", "wanted: a user's name"],
  ])("refuses %j", async (user, message) => {
    const { code, err } = await cli(gitlab, ["audit", "--user", user]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

it("--version prints the version of the package", async () => {
  const manifest = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as object;
  expect(await cli(gitlab, ["--version"])).toEqual({
    code: 0,
    out: `${(manifest as { version: string }).version}\n`,
    err: "",
  });
});

it("a table is no wider than the terminal; a file's is as wide as its cells", async () => {
  gitlab.createDeployToken({
    project: "acme/platform/images",
    name: "a name that takes some room on a terminal",
    scopes: ["read_registry", "read_repository", "read_package_registry"],
  });
  const args = ["audit", "--project", "acme/platform/images"];
  const widest = (text: string) =>
    Math.max(
      ...(text
        .split("\n\n")[0]
        ?.split("\n")
        .map(({ length }) => length) ?? [0]),
    );
  const { out } = await cli(gitlab, args, { columns: 80 });
  expect(widest(out)).toBeLessThanOrEqual(80);
  expect(out.split("\n").length).toBeGreaterThan(5);
  const file = join(folder, "table.txt");
  await cli(gitlab, [...args, "--output", file], { columns: 80 });
  expect(widest(readFileSync(file, "utf8"))).toBeGreaterThan(100);
  expect((await cli(gitlab, args)).out).toBe(readFileSync(file, "utf8"));
});
