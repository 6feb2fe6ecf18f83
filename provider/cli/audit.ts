import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { now } from "../clock.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { type AuditReport, type Finding, findings } from "./audit-report.js";
import type { Console } from "./console.js";
import { emitAdopt } from "./emit-adopt.js";
import { renderCsv } from "./formats/csv.js";
import { renderTable } from "./formats/table.js";
import { judge } from "./judge.js";
import { notesOn } from "./notes.js";
import {
  type ConnectionOptions,
  connectTo,
  days,
  isIncomplete,
  readStacks,
  type StackOptions,
  type TargetOptions,
  targetsOf,
  withConnection,
  withStacks,
  withTargets,
} from "./options.js";
import { type Targets, walk } from "./walk.js";

const formats = ["table", "json", "csv", "html"] as const;

interface AuditOptions extends ConnectionOptions, TargetOptions, StackOptions {
  readonly within: number;
  readonly format: (typeof formats)[number];
  readonly emit?: "adopt";
  readonly output?: string;
  readonly failOn: ReadonlySet<Finding>;
}

const failing: readonly Finding[] = ["expired-in-stack", "revoked-in-stack", "gone-in-stack", "expiring"];
const byDefault: ReadonlySet<Finding> = new Set(failing);

export function auditCommand(command: Command, console: Console, exit: (code: number) => void): Command {
  withTargets(command.command("audit"))
    .description("what deploy tokens there are, whose they are, and which need attention; never their values")
    .option("--within <days>", "the window of the finding expiring", days, 30)
    .addOption(new Option("--format <format>", "how to write it").choices(formats).default("table"))
    .addOption(
      new Option("--emit <program>", "instead: the program that adopts what lives and no given stack has")
        .choices(["adopt"])
        .conflicts("format"),
    )
    .option("--output <file>", "write there instead of to standard output")
    .addOption(
      new Option(
        "--fail-on <findings>",
        "which make the exit code 1: any, none, or some, separated by commas; may be repeated",
      )
        .argParser(findingSet)
        .default(byDefault, failing.join(",")),
    );
  const audit = command.commands.at(-1) as Command;
  withConnection(withStacks(audit))
    .addHelpText("after", notes)
    .action(async (options: AuditOptions) => exit(await audited(options, console)));
  return command;
}

const notes = `
Findings:
${Object.entries(findings)
  .map(([finding, says]) => `  ${finding.padEnd(17)} ${says}`)
  .join("\n")}
  unknown and the …-in-stack findings need --state or --stack.

Requests: one for each 100 tokens, projects and groups, a list's first page twice, lists of groups and of their projects
twice in all; and one for each project and group that is looked through.
GitLab's list of the instance names no owner; with --instance projects and groups are looked through until each token
has one. On GitLab.com, where the instance has no list, use --group PATH --recursive.

The access token is read from GITLAB_TOKEN; the scope read_api and the role Maintainer are enough.

Exit code: 0 clean, 1 a finding of --fail-on, 2 failed or incomplete.
`;

async function audited(options: AuditOptions, console: Console): Promise<number> {
  const targets = targetsOf(options);
  mayFail(options);
  mayWrite(options);
  const exports = await readStacks(options, console.env);
  const { gitlab, progress } = await connectTo(options, console);
  const found = await walk(gitlab, targets, options.concurrency, progress);
  const { baseUrl } = gitlab.connection;
  const at = now(console.env);
  const report: AuditReport = {
    at: at.toISOString(),
    baseUrl,
    targets: described(targets),
    withinDays: options.within,
    stacks: exports.map(({ stack }) => stack),
    tokens: judge(found, exports, baseUrl, at, options.within),
    notes: notesOn(found, exports, baseUrl),
  };
  const text = await rendered(report, options);
  if (options.output === undefined) console.stdout.write(text);
  else await writeFile(options.output, text);
  for (const note of report.notes) progress.warn(note);
  if (isIncomplete(found, options, progress)) return 2;
  return report.tokens.some((token) => token.findings.some((each) => options.failOn.has(each))) ? 1 : 0;
}

/** A gate that nothing can close is a mistake. */
function mayFail({ failOn, state, stack }: AuditOptions): void {
  const all = [...failOn];
  const needsStacks = (finding: Finding) => finding === "unknown" || finding.endsWith("-in-stack");
  if (all.length === 0 || !all.every(needsStacks) || state.length + stack.length > 0) return;
  throw new DeployTokenError(
    "invalid_argument",
    `--fail-on ${all.join(",")} finds nothing without stacks; wanted: --stack NAME or --state FILE`,
  );
}

/** A program that somebody wrote is not overwritten; a report is made anew each time. */
function mayWrite({ emit, output }: AuditOptions): void {
  if (emit === undefined || output === undefined || !existsSync(output)) return;
  throw new DeployTokenError(
    "invalid_argument",
    `--output ${output}: the file exists; wanted with --emit: a new one, as a program is not overwritten`,
  );
}

async function rendered(report: AuditReport, { format, emit, failOn }: AuditOptions): Promise<string> {
  if (emit === "adopt") return emitAdopt(report);
  switch (format) {
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "csv":
      return renderCsv(report);
    case "html":
      return (await import("./formats/html.js")).renderHtml(report);
    default:
      return renderTable(report, failOn);
  }
}

function described({ instance, groups, projects, recursive }: Targets): string[] {
  return [
    ...(instance ? ["the instance"] : []),
    ...groups.map((group) => `group ${group}${recursive ? " and all below it" : ""}`),
    ...projects.map((project) => `project ${project}`),
  ];
}

function findingSet(text: string, before: ReadonlySet<Finding>): ReadonlySet<Finding> {
  const all = Object.keys(findings) as Finding[];
  if (text === "any") return new Set(all);
  if (text === "none") return new Set();
  const given = [...(before === byDefault ? [] : before), ...text.split(",").map((each) => each.trim())];
  const unknown = given.find((each) => !(all as string[]).includes(each));
  if (unknown === undefined) return new Set(given as Finding[]);
  throw new InvalidArgumentError(
    `"${unknown}" is no finding; wanted: any, none, or some of ${all.join(",")}`,
  );
}
