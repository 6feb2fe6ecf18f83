import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { AuditReport } from "../../provider/cli/audit-report.js";
import { renderCsv } from "../../provider/cli/formats/csv.js";
import { formatNames } from "../../provider/cli/formats/formats.js";
import { renderJunit } from "../../provider/cli/formats/junit.js";
import { renderTable } from "../../provider/cli/formats/table.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { defaultSeed } from "../../provider/testing/seed.js";
import { another, gitlab, useEmulator } from "../support/emulator.js";
import { folder, useFolder } from "../support/folder.js";
import { paths, tokens } from "../support/run.js";
import { sampleReport } from "./sample-report.js";
import { cli, exported, now, type RunCli, row } from "./support.js";

useEmulator({ time: now });
useFolder();
afterEach(() => void vi.restoreAllMocks());

const make = (owner: { project?: string; group?: string }, name: string, more: object = {}) =>
  gitlab.createDeployToken({ ...owner, name, scopes: ["read_registry"], ...more });

const app = { project: "acme/app" };

async function audit(args: readonly string[], options?: RunCli) {
  const ran = await cli(gitlab, ["audit", ...args, "--format", "json"], options);
  return { ...ran, report: JSON.parse(ran.out || "null") as AuditReport };
}

const state = (name: string, ...rows: object[]) => {
  const file = join(folder, `${name}.json`);
  // PowerShell writes a byte-order mark before the text.
  writeFileSync(file, `\uFEFF${exported(...rows)}`);
  return ["--state", file];
};

describe("findings", () => {
  const findingsOf = async (args: readonly string[] = []) => {
    const { report } = await audit(["--project", "acme/app", ...args]);
    return Object.fromEntries(report.tokens.map(({ name, findings }) => [name, findings]));
  };

  it("are listed for each token", async () => {
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

  it("name dead and deleted tokens of stacks, and tokens that no stack has", async () => {
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

  it("have no expiring for a rotation's token with a successor, but for the last one and for any other token", async () => {
    const dates = { before: "2026-12-01T00:00:00.000Z", last: "2026-12-20T00:00:00.000Z" };
    const rows = Object.entries(dates).flatMap(([name, expiresAt]) =>
      ["rotation", "component"].map((parent) => {
        const type = parent === "rotation" ? "RotatingProjectDeployToken" : "Team";
        const { id } = make(app, `${parent} ${name}`, { expiresAt });
        return row("project", "acme/app", id, {
          parent: `urn:pulumi:dev::shop::gitlab-deploy-tokens:index:${type}::pull`,
          outputs: { expiresAt },
        });
      }),
    );
    expect(await findingsOf(state("rotation", ...rows))).toEqual({
      "rotation before": [],
      "rotation last": ["expiring"],
      "component before": ["expiring"],
      "component last": ["expiring"],
    });
    // A plain resource that has the token too does not rotate. A dead successor does not count.
    const [before] = gitlab.deployTokens();
    const twice = [
      ...state("rotation", ...rows),
      ...state("plain", row("project", "acme/app", before?.id ?? 0)),
    ];
    expect((await findingsOf(twice))["rotation before"]).toEqual(["expiring"]);
    const last = gitlab.deployTokens().find(({ name }) => name === "rotation last");
    gitlab.revoke(last?.id ?? 0);
    expect((await findingsOf(state("rotation", ...rows)))["rotation before"]).toEqual(["expiring"]);
  });

  it("count the official provider's tokens as known, also those of the old DeployToken", async () => {
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

  it("report the official provider's deleted token, however its path is written and whichever property is empty", async () => {
    const type = "gitlab:index/deployToken:DeployToken";
    const outputs = { project: "Acme/App", group: "" };
    const stacks = state("spelled", { urn: `urn:pulumi:dev::shop::${type}::x`, type, id: "99", outputs });
    const { report } = await audit(["--project", "acme/app", ...stacks]);
    expect(report.tokens.map(({ findings }) => findings)).toEqual([["gone-in-stack"]]);
  });

  it("name the resources with an open request", async () => {
    const { id } = make(app, "twice");
    const open = { outputs: { unsettled: { above: 1, sentAt: "2026-11-29T12:00:00.000Z" } } };
    const { report, code } = await audit([
      "--project",
      "acme/app",
      ...state("open", row("project", "acme/app", id, open)),
    ]);
    expect(report.tokens.map(({ findings }) => findings)).toEqual([["never-expires", "open-request"]]);
    expect(code).toBe(1);
  });

  it("describe a deleted token by its own row, not by the row of another GitLab's token with the same id", async () => {
    const elsewhere = { outputs: { baseUrl: "https://gitlab.other.test", name: "elsewhere" } };
    const rows = [row("project", "acme/tools", 99, elsewhere), row("project", "acme/app", 99)];
    const { report } = await audit(["--project", "acme/app", ...state("two", ...rows)]);
    expect(report.tokens).toMatchObject([{ name: "t99", findings: ["gone-in-stack"] }]);
    expect(report.tokens[0]?.managedBy).toHaveLength(1);
  });

  it("do not call a token gone that this audit could not see: another owner's, another GitLab's, a look-up's", async () => {
    const stacks = state(
      "outside",
      row("project", "acme/tools", 50),
      row("project", "acme/app", 51, { outputs: { baseUrl: "https://gitlab.other.test", name: "x" } }),
      row("project", "acme/app", 52, { external: true }),
      row("project", "acme/app", 0, { id: "acme/app:unsettled" }),
    );
    const { report, err, code } = await audit(["--project", "acme/app", ...stacks]);
    expect(report.tokens).toEqual([]);
    // The create of a resource without a token ended with an open request.
    expect(code).toBe(1);
    expect((await audit(["--project", "acme/app", "--fail-on", "expiring", ...stacks])).code).toBe(0);
    expect(err).toContain("2 deploy tokens of the given stacks are outside the searched projects and groups");
    expect(err).toContain("1 resource of the given stacks has an open request");
  });
});

describe("exit code", () => {
  it("is 1 for the findings of --fail-on, by default those that need action", async () => {
    make(app, "never");
    const code = async (...args: string[]) => (await audit(["--project", "acme/app", ...args])).code;
    expect(await code()).toBe(0);
    expect(await code("--fail-on", "any")).toBe(1);
    expect(await code("--fail-on", " any ")).toBe(1);
    expect(await code("--fail-on", "never-expires,unknown")).toBe(1);
    expect(await code("--fail-on", "never-expires", "--fail-on", "expiring")).toBe(1);
    expect(await code("--fail-on", "may-write", "--fail-on", "expiring")).toBe(0);
    make(app, "soon", { expiresAt: "2026-12-01" });
    expect(await code()).toBe(1);
    expect(await code("--fail-on", "none")).toBe(0);
    expect(await code("--fail-on", "never-expires", "--fail-on", "none")).toBe(1);
    expect(await code("--fail-on", "any", "--fail-on", "none")).toBe(1);
    expect(await code(...state("gone", row("project", "acme/app", 99)), "--within", "0")).toBe(1);
  });

  it.each([
    [[], "No project or group given; wanted: --instance, --group PATH"],
    [["--project", "acme/app/"], "wanted: the project's numeric id or its full path"],
    [["--group", "acme", "--within", "soon"], "wanted: days, such as 30d"],
    [
      ["--group", "acme", "--fail-on", "bad"],
      'unknown finding "bad"; wanted: any, none, or some of expired,',
    ],
    [
      ["--group", "acme", "--fail-on", "any,unknown"],
      `'any,unknown' is invalid. "any" cannot be combined with findings; wanted: any alone, or a list of findings`,
    ],
    [
      ["--group", "acme", "--fail-on", "expiring, none"],
      '"none" cannot be combined with findings; wanted: none',
    ],
    [["--group", "acme", "--fail-on", "expire"], 'unknown finding "expire"; did you mean "expired"?'],
    [["--group", "acme", "--fail-on", "unknown,"], 'unknown finding ""; wanted: any, none, or some of'],
    [["--group", "acme", "--concurrency", "99"], "wanted: a whole number from 1 to 32"],
    [["--group", "acme", "--format", "xml"], "Allowed choices are table, json, csv, html"],
    [["--group", "nowhere"], "404 Group Not Found"],
    [["--group", "acme", "--state", "/nowhere.json"], "--state /nowhere.json cannot be read (ENOENT)"],
    [["--group", "acme", "--state", __filename], "is not what pulumi stack export prints"],
    [["--group", "acme", "--retries", "x"], '--retries is "x"; wanted: a whole number'],
    [
      ["--group", "acme", "--fail-on", "unknown,gone-in-stack"],
      "unknown,gone-in-stack never matches without stacks",
    ],
    [["--project", "acme/app", "--recursive"], "--recursive needs --group PATH"],
    [["--group", "acme", "--emit", "adopt", "--format", "csv"], "cannot be used with option '--format"],
  ])("is 2, with the reason, for %j", async (args, message) => {
    const { code, out, err } = await cli(gitlab, ["audit", ...args]);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(out).toBe("");
  });

  it("comes with a warning if the clock is set for a test, and if the connection is not encrypted", async () => {
    const args = ["audit", "--project", "acme/app"];
    expect((await cli(gitlab, args)).err).toContain(
      `GITLAB_TESTING_TIME is set, which is for tests: ${now} is`,
    );
    const plain = await cli(gitlab, [...args, "--retries", "0", "--base-url", "http://gitlab.invalid"]);
    expect(plain.err).toContain("http://gitlab.invalid is plain http: the access token crosses the network");
    expect((await cli(gitlab, args, { env: { GITLAB_TESTING_TIME: "" } })).err).toBe("");
  });

  it.each([
    ["audit", "", "read_api"],
    ["audit", "glcbt-64_abcdefgh", "read_api"],
    ["prune", "", "api"],
    ["prune", "gldt-abcdefghijklmnopqrst", "api"],
  ])(
    "of %s is 2 with the access token %j, and names the variable and the scope %s",
    async (command, GITLAB_TOKEN, scope) => {
      const more = command === "prune" ? ["--no-stacks", "--dry-run"] : [];
      const { code, err } = await cli(gitlab, [command, "--group", "acme", ...more], {
        env: { GITLAB_TOKEN },
      });
      expect(code).toBe(2);
      expect(err).toContain("GITLAB_TOKEN");
      expect(err).toContain(`access token with the scope "${scope}".`);
    },
  );
});

describe("the inventory", () => {
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
    const old = await another({ profile: "13.0" });
    old.createDeployToken({ group: "acme/platform", name: "sub", scopes: ["read_registry"] });
    const { out, err } = await cli(old, ["audit", "--group", "acme", "--recursive", "--format", "json"]);
    expect((JSON.parse(out) as AuditReport).tokens.map(({ name }) => name)).toEqual(["sub"]);
    expect(err).toContain("before 13.12");
  });

  it("of the instance searches for owners until each token has one, and no further", async () => {
    make({ group: "acme" }, "group");
    const { report } = await audit(["--instance"], { token: tokens.administrator });
    expect(report.tokens.map(({ name, owner }) => [name, owner?.path])).toEqual([["group", "acme"]]);
    const asked = paths(gitlab).filter((path) => path.includes("/deploy_tokens?"));
    expect(asked.length).toBeLessThan(6);
    expect(asked.some((path) => path.startsWith("GET /projects/"))).toBe(false);
  });

  it("of the instance shows an unknown owner for a token that no project or group lists, with a note", async () => {
    make(app, "orphan");
    make({ project: "closed/vault" }, "vault");
    gitlab.deleteOwner("project", "acme/app", { keepsTokens: true });
    const { report, err } = await audit(["--instance"], { token: tokens.administrator });
    expect(report.tokens.map(({ name, owner }) => [name, owner?.path])).toEqual([
      ["orphan", undefined],
      ["vault", "closed/vault"],
    ]);
    expect(err).toContain("1 deploy token of the instance belongs to no project or group that was read");
    const table = await cli(gitlab, ["audit", "--instance"], { token: tokens.administrator });
    expect(table.out).toContain("owner unknown");
  });

  it("of the instance is refused to everyone except administrators, with a hint at --group", async () => {
    const { code, err } = await audit(["--instance"]);
    expect(code).toBe(2);
    expect(err).toContain("audit --group PATH --recursive");
  });

  it.each([
    [403, "403 Forbidden", "403 forbidden"],
    [404, "404 Project Not Found", "404 owner not found"],
  ])(
    "that could not read everything (%d) fails, except with --allow-incomplete; the report is written",
    async (status, message, reason) => {
      make(app, "seen");
      gitlab.faults.add({
        path: /^\/api\/v4\/projects\/2\/deploy_tokens/,
        times: Number.POSITIVE_INFINITY,
        fault: { kind: "respond", status, body: JSON.stringify({ message }) },
      });
      const gone = state("unread", row("project", "acme/tools", 99));
      const { code, report, err } = await audit(["--group", "acme", "--recursive", ...gone]);
      expect(code).toBe(2);
      // An audit does not call a token gone if it could not read the owner.
      expect(report.tokens.map(({ name }) => name)).toEqual(["seen"]);
      expect(err).toContain(
        `1 project or group could not be read; the report lacks their deploy tokens: project acme/tools (${reason})`,
      );
      expect((await audit(["--group", "acme", "--recursive", "--allow-incomplete"])).code).toBe(0);
    },
  );

  it("ends at a response that is not from GitLab, and reports no token as gone", async () => {
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

  /** Starts a GitLab whose group acme has `count` projects. */
  async function withProjects(count: number, work: (many: Emulator) => Promise<void>): Promise<void> {
    const projects = Array.from({ length: count }, (_, index) => ({ path: `acme/p${index + 1}` }));
    const many = await start({ seed: { ...defaultSeed, projects } });
    await work(many).finally(() => many.close());
  }
  const isList = ({ path }: { readonly path: string }) => /projects\/\d+\/deploy_tokens/.test(path);

  it("aborts the requests under way after an error, with their retries, and starts no other", () =>
    withProjects(40, async (many) => {
      const at = (id: number) => new RegExp(`^/api/v4/projects/${id}/deploy_tokens`);
      const body = '{"message":"401 Unauthorized"}';
      many.faults.add({ path: at(1), fault: { kind: "hang" } });
      many.faults.add({ path: at(2), fault: { kind: "respond", status: 401, body } });
      const args = ["audit", "--group", "acme", "--recursive", "--concurrency", "2"];
      const { code, err } = await cli(many, args);
      expect([code, err]).toEqual([2, expect.stringContaining("GET /projects/2/deploy_tokens failed: 401")]);
      expect(many.requests.filter(isList)).toHaveLength(2);
    }));

  it("of the instance goes through all pages of its projects", () =>
    withProjects(205, async (many) => {
      many.createDeployToken({ project: "acme/p205", name: "last", scopes: ["read_registry"] });
      const args = ["audit", "--instance", "--format", "json"];
      const { out } = await cli(many, args, { token: tokens.administrator });
      const report = JSON.parse(out) as AuditReport;
      expect(report.tokens.map(({ owner }) => owner?.path)).toEqual(["acme/p205"]);
      const asked = paths(many).filter((path) => path.startsWith("GET /projects?"));
      expect(asked.map((path) => /id_after=(\d+)/.exec(path)?.[1])).toEqual(["0", "100", "200"]);
    }));

  it("clears its progress from the terminal before it writes the result or an error", async () => {
    let seconds = Date.parse(now) / 1000;
    vi.spyOn(Date, "now").mockImplementation(() => {
      seconds += 2;
      return seconds * 1000;
    });
    const args = ["audit", "--group", "acme", "--recursive"];
    const { err } = await cli(gitlab, args, { isTTY: true });
    const cleared = " deploy tokens ...\r\u001b[K";
    expect(err.endsWith(cleared)).toBe(true);
    const failed = await cli(gitlab, [...args, "--group", "nowhere"], { isTTY: true });
    expect(failed.err).toContain(`${cleared}error: `);
  });

  it("does not exceed the limit of concurrent requests", () =>
    withProjects(40, async (many) => {
      let most = 0;
      // The predicate runs for each request that arrives.
      void many.waitFor(() => {
        const open = many.requests.filter((request) => isList(request) && request.status === undefined);
        most = Math.max(most, open.length);
        return false;
      });
      // Slow responses make requests overlap if nothing limits them.
      const fault = { kind: "delay", ms: 10 } as const;
      many.faults.add({ path: /projects\/\d+\/deploy_tokens/, times: Number.POSITIVE_INFINITY, fault });
      const args = ["audit", "--group", "acme", "--recursive", "--concurrency", "2"];
      expect((await cli(many, args)).code).toBe(0);
      expect(many.requests.filter(isList)).toHaveLength(40);
      expect(most).toBe(2);
    }));
});

describe("formats", () => {
  it("table: failing tokens first, aligned, with a summary; control characters cannot move the cursor", async () => {
    make(app, "fine\u001b[2J", { expiresAt: "2027-06-01" });
    make(app, "soon", { expiresAt: "2026-12-01" });
    const { out } = await cli(gitlab, ["audit", "--project", "acme/app"]);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^ID {2}NAME +OWNER +SCOPES +EXPIRES +STACK +FINDINGS$/);
    expect(lines[1]).toMatch(/^2 {3}soon +project acme\/app +read_registry +2026-12-01 +- +expiring$/);
    expect(lines[2]).toContain("fine[U+001B][2J");
    expect(out).toContain(`2 deploy tokens of project acme/app on ${gitlab.url}`);
    expect(out).toContain("  1 expiring: expires within the window (30 days)");
  });

  it("csv: quoted, and without formulas for a spreadsheet", async () => {
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

  it("csv: no formula after a semicolon, which ends a cell where the comma is the decimal sign", () => {
    const [, line] = renderCsv(sampleReport(1, [{ name: "x; =cmd" }])).split(/\r\n/);
    expect(line).toContain("x;' =cmd");
  });

  it.each(["=1+1", "+1", "-1", "@x", " =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"])(
    "csv: %j is text",
    (name) => {
      const [, line] = renderCsv(sampleReport(1, [{ name }])).split(/\r\n/);
      expect(line).toMatch(/^1,"?'/);
    },
  );

  it("table: has more tokens than a function may have arguments", () => {
    const { tokens, ...report } = sampleReport(1);
    const many = Array.from({ length: 150_000 }, () => tokens).flat();
    expect(renderTable({ ...report, tokens: many }, { failOn: new Set() })).toContain(
      "150000 deploy tokens of ",
    );
  });

  it("junit: has more tokens than a function may have arguments", () => {
    const { tokens, ...report } = sampleReport(1);
    const many = Array.from({ length: 150_000 }, () => tokens).flat();
    expect(renderJunit({ ...report, tokens: many }, new Set())).toContain('tests="150001"');
  });

  it("writes a file by --output; no format contains a token's value or the access token", async () => {
    const { token } = make(app, "pull");
    const file = join(folder, "report.out");
    for (const format of formatNames) {
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

it("--format html: the next commands have the same targets and the same GitLab as this audit", async () => {
  make(app, "unmanaged");
  const known = state("html", row("project", "acme/app", make(app, "known").id));
  const { out } = await cli(gitlab, ["audit", "--project", "acme/app", "--format", "html", ...known]);
  const text = out.replace(/<\/?span>/g, "");
  expect(text).toContain(
    `audit --base-url ${gitlab.url} --project acme/app ${known.join(" ")} --emit adopt --output adopted.ts`,
  );
  expect(text).toMatch(/<code>pulumi up --stack [\w-]+<\/code>/);
});

describe("--emit adopt", () => {
  it("writes the program for the active tokens that have an owner and are in no stack", async () => {
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

  it("refuses to overwrite a program, before any request", async () => {
    const file = join(folder, "index.ts");
    writeFileSync(file, "// mine");
    const args = ["audit", "--project", "acme/app", "--emit", "adopt", "--output", file];
    const { code, err } = await cli(gitlab, args);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining("the file exists, and --emit overwrites no file"),
    ]);
    expect([readFileSync(file, "utf8"), gitlab.requests]).toEqual(["// mine", []]);
    rmSync(file);
    expect((await cli(gitlab, args)).code).toBe(0);
    expect(readFileSync(file, "utf8")).toContain("is left to adopt");
  });

  it("writes a comment if no token is left to adopt", async () => {
    const { out } = await cli(gitlab, ["audit", "--project", "acme/app", "--emit", "adopt"]);
    expect(out).toBe("// No active deploy token with a known owner is left to adopt.\n");
  });
});
