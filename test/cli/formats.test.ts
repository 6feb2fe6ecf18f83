import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { AuditedToken, AuditReport, Finding } from "../../provider/cli/audit-report.js";
import { type FormatName, formatNames, render } from "../../provider/cli/formats/formats.js";
import { folderOfTest } from "../support/folder.js";
import { documentedReport, sampleCall, sampleReport } from "./sample-report.js";

const root = resolve(__dirname, "..", "..");
const rules = join(root, "examples", "pipelines", "prometheus-rules.yml");

const failOn: ReadonlySet<Finding> = new Set<Finding>(["expiring", "expired-in-stack", "open-request"]);
const rendered = (report: AuditReport, format: FormatName) =>
  render(report, format, { failOn, call: sampleCall });

/** Names that GitLab allows: line ends, quotes, markup, controls, half a character, other scripts. */
const hostile = [
  'a"b\\c\nd',
  "]]> --> <x attr='1'>&amp;</testcase>",
  "\u0000\u0008\u001b[2J\r\u007f\u0085",
  "\ud800 alone",
  "\uffff\ufffe",
  "東京 🔑 \u202egnirts",
  "{{ $labels.id }} %s",
];
const hostileReport = () =>
  sampleReport(
    hostile.length,
    hostile.map((name) => ({ name })),
  );

const incompleteReport = (): AuditReport => ({
  ...documentedReport(),
  complete: false,
  unsettled: [{ stack: "shop/production", urn: "urn:pulumi:production::shop::t::lost" }],
  notes: ["1 project or group could not be read"],
});

/** Runs promtool in a new folder with the files. */
function promtool(args: readonly string[], files: Readonly<Record<string, string>> = {}, input = ""): string {
  const cwd = folderOfTest();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return execFileSync("promtool", args, { cwd, encoding: "utf8", input, stdio: "pipe" });
}

describe("prometheus", () => {
  it.each([
    ["the documented report", documentedReport],
    ["60 tokens", () => sampleReport()],
    ["no token", () => sampleReport(0)],
    ["hostile names", hostileReport],
    ["an incomplete audit", incompleteReport],
  ])("promtool finds no fault in the metrics of %s", async (_, report) => {
    const text = await rendered(report(), "prometheus");
    expect(promtool(["check", "metrics"], {}, text)).toBe("");
  });

  it("promtool refuses metrics with a label that is not escaped", async () => {
    const text = await rendered(hostileReport(), "prometheus");
    expect(() => promtool(["check", "metrics"], {}, text.replace('\\"', '"'))).toThrow(/parsing|expected/);
  });

  it("has no sample for an expiry that is never or cannot be read", async () => {
    const expiries = [undefined, "10000-01-01T11:59:59.000Z", "-0001-01-01T00:00:00.000Z", "soon"];
    const text = await rendered(
      sampleReport(5, [
        ...expiries.map((expiresAt) => ({ expiresAt })),
        { expiresAt: "2027-01-01T00:00:00.000Z" },
      ]),
      "prometheus",
    );
    const values = [...text.matchAll(/^gitlab_deploy_token_expiry_timestamp_seconds\{.+\} (.+)$/gm)];
    expect(values.map(([, value]) => value)).toEqual([String(Date.UTC(2027, 0, 1) / 1000)]);
  });

  it("counts a resource without a token as an open request, and says that the audit is incomplete", async () => {
    const text = await rendered(incompleteReport(), "prometheus");
    expect(text).toMatch(/^gitlab_deploy_token_audit_findings\{.*finding="open-request"\} 1$/m);
    expect(text).toMatch(/^gitlab_deploy_token_audit_complete\{.*\} 0$/m);
  });
});

describe("the rules of examples/pipelines", () => {
  it("are accepted by promtool", () => {
    expect(promtool(["check", "rules", rules])).toContain("SUCCESS");
  });

  const day = 86_400;
  const expiresAt = (days: number) => new Date(days * day * 1000).toISOString();
  const live = (token: Partial<AuditedToken>) => ({ status: "active", findings: [], ...token }) as const;

  /** Expects these alerts, by name and token id, some hours after an audit. The clock of promtool starts at 1970. */
  async function alerts(
    report: AuditReport,
    hours: number,
    expected: readonly (readonly [string, string])[],
  ) {
    const text = await rendered({ ...report, at: "1970-01-01T00:00:00.000Z" }, "prometheus");
    const samples = [...text.matchAll(/^(gitlab_\w+\{.+\}) (\S+)$/gm)];
    const series = samples.map(([, name, value]) => ({ series: name, values: `${value}+0x${hours}` }));
    const names = [...readFileSync(rules, "utf8").matchAll(/alert: (\w+)/g)].map(([, name]) => String(name));
    const fires = (name: string) => ({
      expr: `count(ALERTS{alertname="${name}"}) or vector(0)`,
      eval_time: `${hours}h`,
      exp_samples: [{ labels: "{}", value: expected.filter(([each]) => each === name).length }],
    });
    const ids = expected
      .filter(([, id]) => id !== "")
      .map(([name, id]) => ({
        expr: `count(ALERTS{alertname="${name}", id="${id}"})`,
        eval_time: `${hours}h`,
        exp_samples: [{ labels: "{}", value: 1 }],
      }));
    const test = {
      rule_files: [rules],
      evaluation_interval: "1h",
      tests: [{ interval: "1h", input_series: series, promql_expr_test: [...names.map(fires), ...ids] }],
    };
    expect(promtool(["test", "rules", "test.json"], { "test.json": JSON.stringify(test) })).toContain(
      "SUCCESS",
    );
  }

  it("fire for a token that expires within 14 days, whether or not an audit has run since", async () => {
    const report = sampleReport(4, [
      live({ expiresAt: expiresAt(14.9) }),
      live({ expiresAt: expiresAt(16) }),
      live({ expiresAt: expiresAt(3), superseded: true }),
      live({ expiresAt: undefined, findings: ["never-expires"] }),
    ]);
    await alerts(report, 20, []);
    await alerts(report, 24, [["GitLabDeployTokenExpires", "1"]]);
  });

  it("fire for dead tokens of stacks, unknown tokens and tokens that a run may have left", async () => {
    const report = sampleReport(4, [
      live({ status: "revoked", findings: ["revoked-in-stack"] }),
      live({ status: "gone", findings: ["gone-in-stack"], expiresAt: expiresAt(1) }),
      live({ findings: ["unknown", "left-by-killed-run"], expiresAt: undefined }),
      live({ status: "expired", findings: ["expired"], expiresAt: expiresAt(-1) }),
    ]);
    await alerts(report, 1, [
      ["GitLabDeployTokenDead", "1"],
      ["GitLabDeployTokenDead", "2"],
      ["GitLabDeployTokenUnknown", "3"],
      ["GitLabDeployTokenLeftBehind", ""],
    ]);
  });

  it("fire if an audit is incomplete, is more than a day old, or has never run", async () => {
    const report = { ...sampleReport(0), complete: false };
    await alerts(report, 26, [["GitLabDeployTokenAuditIncomplete", ""]]);
    await alerts({ ...report, complete: true }, 27, [["GitLabDeployTokenAuditMissing", ""]]);
    const never = {
      rule_files: [rules],
      tests: [
        {
          input_series: [],
          promql_expr_test: [
            {
              expr: 'count(ALERTS{alertname="GitLabDeployTokenAuditMissing"})',
              eval_time: "1h",
              exp_samples: [{ labels: "{}", value: 1 }],
            },
          ],
        },
      ],
    };
    expect(promtool(["test", "rules", "t.json"], { "t.json": JSON.stringify(never) })).toContain("SUCCESS");
  });
});

/** Reads the document with a strict parser: each test with its class and its failure. */
function testsOf(xml: string): { classname: string; name: string; failure: string | null }[] {
  const program = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
suite, = root
assert int(root.get("tests")) == len(suite) and int(root.get("failures")) == len(suite.findall("testcase/failure"))
text = lambda case: None if case.find("failure") is None else case.find("failure").text
print(json.dumps([{"classname": c.get("classname"), "name": c.get("name"), "failure": text(c)} for c in suite]))`;
  return JSON.parse(execFileSync("python3", ["-c", program], { encoding: "utf8", input: xml }));
}

it.each(formatNames)(
  "%s shows controls and turns of the direction, and keeps each line its own",
  async (format) => {
    const name = "a\n\u001b\u009b\u202eb\u2028";
    const report = sampleReport(1, [
      { name, findings: ["expiring"], owner: { kind: "project", id: 1, path: name } },
    ]);
    const text = await rendered({ ...report, complete: false, notes: [name] }, format);
    expect(text.replace(/[\r\n]/g, "")).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
    expect(text).toContain(
      format === "json" ? "a\\n\\u001b\\u009b\\u202eb\\u2028" : "a[U+000A][U+001B][U+009B][U+202E]b[U+2028]",
    );
    if (format === "json") expect(JSON.parse(text).tokens[0].name).toBe(name);
  },
);

describe("junit", () => {
  it("has a test for each token, which fails for a finding of --fail-on and for no other", async () => {
    const tests = testsOf(await rendered(documentedReport(), "junit"));
    expect(tests).toMatchObject([
      { classname: "audit", name: "complete: project acme/app", failure: null },
      {
        classname: "project acme/app",
        name: "cluster pull (4)",
        failure: expect.stringContaining("expiring: "),
      },
      { classname: "project acme/app", name: "by hand (7)", failure: null },
    ]);
  });

  it("fails if the audit is incomplete, and if a resource has an open request", async () => {
    const [complete, open] = testsOf(await rendered(incompleteReport(), "junit"));
    expect(complete?.failure).toContain("could not be read");
    expect(open).toMatchObject({
      classname: "stack shop/production",
      failure: expect.stringContaining("::lost"),
    });
    const { tokens } = documentedReport();
    const unowned = {
      ...documentedReport(),
      tokens: tokens.map((token) => ({ ...token, owner: undefined })),
    };
    expect(testsOf(await rendered(unowned, "junit"))[1]?.classname).toBe("unknown owner");
  });

  it("is well-formed whatever a name contains, and each test has a name of its own", async () => {
    const tests = testsOf(await rendered(hostileReport(), "junit"));
    const names = tests.slice(1).map(({ name }) => name);
    expect(new Set(names).size).toBe(hostile.length);
    expect(names[0]).toBe('a"b\\c[U+000A]d (1)');
    expect(names[1]).toBe(`${hostile[1]} (2)`);
    expect(names[2]).toBe("[U+0000][U+0008][U+001B][2J[U+000D][U+007F][U+0085] (3)");
    expect(names[3]).toBe("[U+D800] alone (4)");
    expect(names[5]).toBe("東京 🔑 [U+202E]gnirts (6)");
  });
});

interface Issue {
  readonly description: string;
  readonly check_name: string;
  readonly fingerprint: string;
  readonly severity: string;
  readonly location: unknown;
}

describe("code-quality", () => {
  const issuesOf = async (report: AuditReport) =>
    JSON.parse(await rendered(report, "code-quality")) as Issue[];

  it("has an issue for each finding, which is critical for one of --fail-on", async () => {
    const location = { path: "Pulumi.yaml", lines: { begin: 1 } };
    expect(await issuesOf(documentedReport())).toMatchObject([
      { check_name: "deploy-token/expiring", severity: "critical", location },
      { check_name: "deploy-token/never-expires", severity: "info", location },
      { check_name: "deploy-token/unknown", severity: "minor", location },
    ]);
    const names = (await issuesOf(incompleteReport())).map(({ check_name: name }) => name);
    expect(names.slice(-2)).toEqual(["deploy-token/open-request", "deploy-token/incomplete"]);
  });

  it("keeps the fingerprint of a finding over runs, and gives each finding its own", async () => {
    const fingerprints = (issues: readonly Issue[]) => issues.map(({ fingerprint }) => fingerprint);
    const today = fingerprints(await issuesOf(sampleReport()));
    const renamed = sampleReport(60, [{ name: "another" }]);
    const tomorrow = { ...renamed, at: "2026-11-25T12:00:00.000Z", notes: [] };
    expect(fingerprints(await issuesOf(tomorrow))).toEqual(today);
    expect(new Set(today).size).toBe(today.length);
    const elsewhere = { ...sampleReport(), baseUrl: "https://other.test" };
    expect(fingerprints(await issuesOf(elsewhere)).some((each) => today.includes(each))).toBe(false);
  });
});

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly invocations: readonly { readonly executionSuccessful: boolean }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly locations: readonly { readonly logicalLocations?: readonly unknown[] }[];
    }[];
  }[];
}

describe("sarif", () => {
  it("has a result for each finding, which names its rule and its project or group", async () => {
    const { version, runs } = JSON.parse(await rendered(incompleteReport(), "sarif")) as Sarif;
    const [run] = runs;
    expect(version).toBe("2.1.0");
    expect(run?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ["expiring", "error"],
      ["never-expires", "note"],
      ["unknown", "warning"],
      ["open-request", "error"],
      ["incomplete", "error"],
    ]);
    for (const { ruleId, ruleIndex } of run?.results ?? []) {
      expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    }
    expect(run?.invocations[0]?.executionSuccessful).toBe(false);
    expect(run?.results[0]?.locations[0]?.logicalLocations).toEqual([{ fullyQualifiedName: "acme/app" }]);
  });
});

describe("docs/audit.md", () => {
  const page = readFileSync(join(root, "docs", "audit.md"), "utf8");

  it.each([
    ["prometheus", "text"],
    ["junit", "xml"],
    ["code-quality", "json"],
    ["sarif", "json"],
    ["csv", "text"],
  ] as const)("quotes lines of the real report: %s", async (format, language) => {
    const section = page.split(`\n### ${format}\n`)[1]?.split("\n## ")[0] ?? "";
    const [, sample = ""] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(section) ?? [];
    const shown = sample.split("\n").filter((line) => line !== "" && !/^\s*(…|<!-- … -->)$/.test(line));
    const lines = (await rendered(documentedReport(), format)).split(/\r?\n/);
    expect(shown.length).toBeGreaterThan(2);
    for (const line of shown) expect(lines).toContain(line);
  });
});
