import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AuditReport } from "../../provider/cli/audit-report.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { paths, tokens } from "../support/run.js";
import { cli, exported, now, type RunCli, row } from "./support.js";

let gitlab: Emulator;
let folder: string;

beforeAll(async () => {
  gitlab = await start();
  folder = mkdtempSync(join(tmpdir(), "audit-"));
});
beforeEach(() => gitlab.clock.set(new Date(now)));
afterEach(() => gitlab.reset());
afterAll(async () => {
  await gitlab.close();
  rmSync(folder, { recursive: true });
});

const make = (owner: { project?: string; group?: string }, name: string, more: object = {}) =>
  gitlab.createDeployToken({ ...owner, name, scopes: ["read_registry"], ...more });

const app = { project: "acme/app" };

async function audit(args: readonly string[], options?: RunCli) {
  const ran = await cli(gitlab, ["audit", ...args, "--format", "json"], options);
  return { ...ran, report: JSON.parse(ran.out || "null") as AuditReport };
}

const state = (name: string, ...rows: object[]) => {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, exported(...rows));
  return ["--state", file];
};

describe("findings", () => {
  const findingsOf = async (args: readonly string[] = []) => {
    const { report } = await audit(["--project", "acme/app", ...args]);
    return Object.fromEntries(report.tokens.map(({ name, findings }) => [name, findings]));
  };

  it("are told per token", async () => {
    make(app, "plain", { expiresAt: "2027-06-01" });
    make(app, "never");
    make(app, "soon", { expiresAt: "2026-12-24T12:00:00Z" });
    make(app, "later", { expiresAt: "2026-12-24T12:00:01Z" });
    make(app, "expired", { expiresAt: now });
    make(app, "writes", { expiresAt: "2027-06-01", scopes: ["read_registry", "write_registry"] });
    gitlab.revoke(make(app, "revoked").id);
    expect(await findingsOf()).toEqual({
      plain: [],
      never: ["never-expires"],
      soon: ["expiring"],
      later: [],
      expired: ["expired"],
      writes: ["may-write"],
      revoked: ["revoked"],
    });
    expect((await findingsOf(["--within", "31d"]))["later"]).toEqual(["expiring"]);
  });

  it("tell what stacks have that is dead or gone, and what none has", async () => {
    const expires = { expiresAt: "2027-06-01" };
    const [known, unknown] = [make(app, "known", expires).id, make(app, "unknown", expires).id];
    const expired = make(app, "expired", { expiresAt: now }).id;
    const revoked = make(app, "revoked").id;
    gitlab.revoke(revoked);
    const rows = [known, expired, revoked, 99].map((id) => row("project", "acme/app", id));
    const stacks = state("findings", ...rows);
    expect(await findingsOf(stacks)).toEqual({
      known: [],
      unknown: ["unknown"],
      expired: ["expired-in-stack"],
      revoked: ["revoked-in-stack"],
      t99: ["gone-in-stack"],
    });
    expect(unknown).toBe(2);
  });

  it("take the official provider's tokens as known, the old DeployToken's too", async () => {
    const ids = ["a", "b", "c"].map((name) => make(app, name).id);
    const official = (type: string, id: string, outputs: object) => ({
      urn: `urn:pulumi:dev::shop::${type}::x`,
      type,
      id,
      outputs,
    });
    const stacks = state(
      "official",
      official("gitlab:index/projectDeployToken:ProjectDeployToken", `acme/app:${ids[0]}`, {}),
      official("gitlab:index/deployToken:DeployToken", `project:1:${ids[1]}`, { project: "1" }),
      official("gitlab:index/deployToken:DeployToken", `${ids[2]}`, { project: "acme/app" }),
    );
    const { report } = await audit(["--project", "acme/app", ...stacks]);
    expect(report.tokens.map(({ managedBy }) => managedBy.length)).toEqual([1, 1, 1]);
    expect(report.tokens[0]?.managedBy[0]?.stack).toBe("shop/dev");
  });

  it("do not call gone what this audit could not see: another owner's, another GitLab's, a read one's", async () => {
    const stacks = state(
      "outside",
      row("project", "acme/tools", 50),
      row("project", "acme/app", 51, { outputs: { baseUrl: "https://gitlab.other.test", name: "x" } }),
      row("project", "acme/app", 52, { external: true }),
      row("project", "acme/app", 0, { id: "acme/app:unsettled" }),
    );
    const { report, err, code } = await audit(["--project", "acme/app", ...stacks]);
    expect(report.tokens).toEqual([]);
    expect(code).toBe(0);
    expect(err).toContain("2 deploy tokens of the given stacks are outside this audit");
    expect(err).toContain("1 resources of the given stacks are not settled");
  });
});

describe("exit code", () => {
  it("is 1 for the findings of --fail-on, by default those that need somebody", async () => {
    make(app, "never");
    const code = async (...args: string[]) => (await audit(["--project", "acme/app", ...args])).code;
    expect(await code()).toBe(0);
    expect(await code("--fail-on", "any")).toBe(1);
    expect(await code("--fail-on", "never-expires,unknown")).toBe(1);
    make(app, "soon", { expiresAt: "2026-12-01" });
    expect(await code()).toBe(1);
    expect(await code("--fail-on", "none")).toBe(0);
    expect(await code(...state("gone", row("project", "acme/app", 99)), "--within", "0")).toBe(1);
  });

  it.each([
    [[], "Nothing to look through; wanted: --instance, --group PATH"],
    [["--project", "acme/app/"], "wanted: the project's numeric id or its full path"],
    [["--group", "acme", "--within", "soon"], "wanted: days, such as 30d"],
    [["--group", "acme", "--fail-on", "bad"], '"bad" is no finding; wanted: any, none, or some of expired,'],
    [["--group", "acme", "--concurrency", "99"], "wanted: a whole number from 1 to 32"],
    [["--group", "acme", "--format", "xml"], "Allowed choices are table, json, csv, html"],
    [["--group", "nowhere"], "404 Group Not Found"],
    [["--group", "acme", "--state", "/nowhere.json"], "--state /nowhere.json cannot be read (ENOENT)"],
    [["--group", "acme", "--state", __filename], "is not what pulumi stack export prints"],
    [["--group", "acme", "--retries", "x"], 'GITLAB_RETRIES is "x"; wanted: a whole number'],
    [["--grup", "acme"], "Did you mean --group?"],
  ])("is 2, with the reason, for %j", async (args, message) => {
    const { code, out, err } = await cli(gitlab, ["audit", ...args]);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe("");
  });

  it("is 2 without an access token, named by its variable", async () => {
    const { code, err } = await cli(gitlab, ["audit", "--group", "acme"], { env: { GITLAB_TOKEN: "" } });
    expect(code).toBe(2);
    expect(err).toContain("GITLAB_TOKEN");
  });
});

describe("the walk", () => {
  it("of a group with --recursive: its subgroups and all their projects, with read_api", async () => {
    make({ group: "acme" }, "top");
    make({ group: "acme/platform" }, "sub");
    make({ project: "acme/platform/images" }, "deep");
    make({ project: "olivia/notes" }, "elsewhere");
    const { report, code } = await audit(["--group", "acme", "--recursive"], { token: tokens.readApi });
    expect(code).toBe(0);
    expect(report.tokens.map(({ name, owner }) => [name, owner?.kind, owner?.path])).toEqual([
      ["top", "group", "acme"],
      ["sub", "group", "acme/platform"],
      ["deep", "project", "acme/platform/images"],
    ]);
    expect(report.targets).toEqual(["group acme and all below it"]);
    expect((await audit(["--group", "acme"])).report.tokens).toHaveLength(1);
  });

  it("of a group on a GitLab before 13.5 goes level by level", async () => {
    const old = await start({ profile: "13.0" });
    try {
      old.createDeployToken({ group: "acme/platform", name: "sub", scopes: ["read_registry"] });
      const { out, err } = await cli(old, ["audit", "--group", "acme", "--recursive", "--format", "json"]);
      expect((JSON.parse(out) as AuditReport).tokens.map(({ name }) => name)).toEqual(["sub"]);
      expect(err).toContain("before 13.12");
    } finally {
      await old.close();
    }
  });

  it("of the instance: owners are looked for until each token has one, and no further", async () => {
    make({ group: "acme" }, "group");
    const { report } = await audit(["--instance"], { token: tokens.administrator });
    expect(report.tokens.map(({ name, owner }) => [name, owner?.path])).toEqual([["group", "acme"]]);
    const asked = paths(gitlab).filter((path) => path.includes("/deploy_tokens?"));
    expect(asked.length).toBeLessThan(6);
    expect(asked.some((path) => path.startsWith("GET /projects/"))).toBe(false);
  });

  it("of the instance: a token that nobody claims has an unknown owner, which a note tells", async () => {
    make(app, "orphan");
    make({ project: "closed/vault" }, "vault");
    gitlab.deleteOwner("project", "acme/app", { keepsTokens: true });
    const { report, err } = await audit(["--instance"], { token: tokens.administrator });
    expect(report.tokens.map(({ name, owner }) => [name, owner?.path])).toEqual([
      ["orphan", undefined],
      ["vault", "closed/vault"],
    ]);
    expect(err).toContain("1 deploy tokens of the instance have no project or group that was found");
    const table = await cli(gitlab, ["audit", "--instance"], { token: tokens.administrator });
    expect(table.out).toContain("owner unknown");
  });

  it("of the instance is refused to everybody else, naming the way that works", async () => {
    const { code, err } = await audit(["--instance"]);
    expect(code).toBe(2);
    expect(err).toContain("audit --group PATH --recursive");
  });

  it("that could not read everything fails, unless that is allowed; the report is written", async () => {
    make(app, "seen");
    gitlab.faults.add({
      path: /^\/api\/v4\/projects\/2\/deploy_tokens/,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: "respond", status: 403, body: '{"message":"403 Forbidden"}' },
    });
    const { code, report, err } = await audit(["--group", "acme", "--recursive"]);
    expect(code).toBe(2);
    expect(report.tokens).toHaveLength(1);
    expect(err).toContain(
      "1 projects and groups could not be read, their deploy tokens are missing here: project acme/tools (403 forbidden)",
    );
    expect((await audit(["--group", "acme", "--recursive", "--allow-incomplete"])).code).toBe(0);
  });

  it("ends at what is no answer of GitLab's, rather than to call tokens gone", async () => {
    gitlab.faults.add({
      path: /^\/api\/v4\/projects\/1\/deploy_tokens/,
      times: Number.POSITIVE_INFINITY,
      fault: { kind: "respond", status: 502, body: "<html>" },
    });
    const { code, out, err } = await audit([
      "--group",
      "acme",
      "--recursive",
      ...state("502", row("project", "acme/app", 9)),
    ]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("502");
  });

  it("keeps to the bound on requests at a time", async () => {
    let [now, most] = [0, 0];
    const open: (() => void)[] = [];
    for (let index = 0; index < 6; index++) {
      gitlab.faults.add({
        path: /^\/api\/v4\/projects\/\d+\/deploy_tokens/,
        fault: { kind: "wait", until: new Promise<void>((resolve) => open.push(resolve)) },
      });
    }
    const ran = audit(["--group", "acme", "--recursive", "--concurrency", "2"]);
    for (let seen = 1; seen <= 3; seen++) {
      await gitlab.waitFor(
        () => gitlab.requests.filter(({ path }) => /projects\/\d+\/deploy_tokens/.test(path)).length >= seen,
      );
      now = gitlab.requests.filter(
        ({ path, status }) => /projects\/\d+\/deploy_tokens/.test(path) && status === undefined,
      ).length;
      most = Math.max(most, now);
      open[seen - 1]?.();
    }
    for (const go of open) go();
    await ran;
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe("formats", () => {
  it("table: what counts first, aligned, with a summary; control characters cannot move the cursor", async () => {
    make(app, "fine\u001b[2J", { expiresAt: "2027-06-01" });
    make(app, "soon", { expiresAt: "2026-12-01" });
    const { out } = await cli(gitlab, ["audit", "--project", "acme/app"]);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^ID {2}NAME +OWNER +SCOPES +EXPIRES +STACK +FINDINGS$/);
    expect(lines[1]).toMatch(/^2 {3}soon +project acme\/app +read_registry +2026-12-01 +- +expiring$/);
    expect(lines[2]).toContain("fine?[2J");
    expect(out).toContain(`2 deploy tokens of project acme/app on ${gitlab.url}`);
    expect(out).toContain("  1 expiring: expires within the window (30 days)");
  });

  it("csv: quoted, and no formula for a spreadsheet", async () => {
    make(app, '=1+1,"x"');
    const { out } = await cli(gitlab, ["audit", "--project", "acme/app", "--format", "csv"]);
    const [header, line] = out.split("\r\n");
    expect(header).toBe(
      "deployTokenId,name,username,ownerKind,ownerId,owner,scopes,expiresAt,status,managedBy,findings",
    );
    expect(line).toBe(
      `1,"'=1+1,""x""",gitlab+deploy-token-1,project,1,acme/app,read_registry,,active,,never-expires`,
    );
  });

  it("to a file by --output; no format holds a token's value or the access token", async () => {
    const { token } = make(app, "pull");
    const file = join(folder, "report.out");
    for (const format of ["table", "json", "csv", "html"]) {
      const args = ["audit", "--project", "acme/app", "--format", format, "--output", file];
      const { out, code } = await cli(gitlab, args);
      expect([out, code]).toEqual(["", 0]);
      const text = readFileSync(file, "utf8");
      expect(text.length).toBeGreaterThan(20);
      expect(text).not.toContain(token);
      expect(text).not.toContain(tokens.owner);
    }
  });
});

describe("--emit adopt", () => {
  it("writes the program for what lives, has an owner and is in no stack", async () => {
    const pull = make(app, "cluster pull", { username: "cluster", expiresAt: "2027-06-01" }).id;
    const twins = [make({ group: "acme" }, "ci"), make({ group: "acme" }, "ci")].map(({ id }) => id);
    make(app, "dead", { expiresAt: now });
    const known = make(app, "known").id;
    const { out } = await cli(gitlab, [
      "audit",
      ...["--project", "acme/app", "--group", "acme", "--emit", "adopt"],
      ...state("emit", row("project", "acme/app", known)),
    ]);
    expect(out).toContain(`new ProjectDeployToken("acme-app-cluster-pull", {
  project: "acme/app",
  name: "cluster pull",
  scopes: ["read_registry"],
  username: "cluster",
  expiresAt: "2027-06-01T00:00:00.000Z",
  adopt: { deployTokenId: ${pull}, token: config.getSecret("acme-app-cluster-pull") },
});`);
    for (const id of twins) expect(out).toContain(`new GroupDeployToken("acme-ci-${id}", {`);
    expect(out).not.toMatch(/dead|known"/);
    expect(out).toContain("//   pulumi config set --secret acme-app-cluster-pull");
  });

  it("gives no two resources one name, whatever the tokens are called", async () => {
    const twins = [make(app, "x"), make(app, "x")].map(({ id }) => id);
    for (const id of twins) make(app, `x ${id}`);
    const { out } = await cli(gitlab, ["audit", "--project", "acme/app", "--emit", "adopt"]);
    const names = [...out.matchAll(/^new ProjectDeployToken\("(.+)"/gm)].map(([, name]) => name);
    expect(names).toHaveLength(4);
    expect(new Set(names).size).toBe(4);
    expect(out.match(/pulumi config set --secret .+/g)).toEqual(
      names.map((name) => `pulumi config set --secret ${name}`),
    );
  });

  it("says so where nothing is left", async () => {
    const { out } = await cli(gitlab, ["audit", "--project", "acme/app", "--emit", "adopt"]);
    expect(out).toBe("// No deploy token that lives and has a known owner is left to adopt.\n");
  });
});
