import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { now } from "../clock.js";
import { invalid } from "../invalid-argument.js";
import { type AuditReport, findingNames, findings } from "./audit-report.js";
import { completenessWarnings } from "./completeness-warnings.js";
import type { Console, Progress } from "./console.js";
import type { EmittedFile } from "./emit-import.js";
import { evaluate, unsettledOf } from "./evaluate.js";
import { type FailOnOptions, hasFailed, mayFail, needsStacks, withFailOn } from "./fail-on.js";
import { type FormatName, formatNames, formats, render } from "./formats/formats.js";
import { collectTokens, type Inventory } from "./inventory.js";
import { killedRunWarnings, leftByKilledRuns } from "./killed-runs.js";
import { type AuditCall, auditCall } from "./next-steps.js";
import {
  connectTo,
  days,
  describeTargets,
  isIncomplete,
  notEmpty,
  readStacks,
  type SearchOptions,
  targetsOf,
  withConnection,
  withStacks,
  withTargets,
} from "./options.js";
import { type OutputFile, openOutput } from "./output-file.js";
import type { StackExport } from "./stack-exports.js";

/** What an audit can write instead of a report. */
const emitters = {
  adopt: async (report) => ({ text: await (await import("./emit-adopt.js")).emitAdopt(report) }),
  import: async (report) => (await import("./emit-import.js")).emitImport(report),
  "pulumi-import": async (report) => (await import("./emit-import.js")).emitPulumiImport(report),
} satisfies Readonly<Record<string, (report: AuditReport) => Promise<EmittedFile>>>;

interface AuditOptions extends SearchOptions, FailOnOptions {
  readonly within: number;
  readonly format: FormatName;
  readonly emit?: keyof typeof emitters;
  readonly output?: string;
  readonly report: readonly ReportFile[];
}

/** A further report: `--report junit=audit.xml`. */
interface ReportFile {
  readonly format: FormatName;
  readonly file: string;
}

export function auditCommand(program: Command, console: Console, exit: (code: number) => void): void {
  const command = withTargets(program.command("audit"))
    .description(
      "lists deploy tokens with their owners and stacks, and the ones that need attention; never shows values",
    )
    .option("--within <days>", "number of days for the finding expiring", days, 30)
    .addOption(new Option("--format <format>", "output format").choices(formatNames).default("table"))
    .addOption(
      new Option(
        "--emit <what>",
        "print a program or import file instead, for the active tokens that no given stack has",
      )
        .choices(Object.keys(emitters))
        .conflicts(["format", "report", "failOn"]),
    )
    .option("--output <file>", "write to this file instead of standard output", notEmpty)
    .addOption(
      new Option("--report <format=file>", "also write a report in this format to a file; may be repeated")
        .argParser(reportFile)
        .default([], "none"),
    );
  withConnection(withStacks(withFailOn(command)))
    .addHelpText("after", notes)
    .action(async (options: AuditOptions) => exit(await audited(options, console)));
}

const notes = `
Formats:
${formatNames.map((name) => `  ${name.padEnd(18)} ${formats[name].use}`).join("\n")}

Findings:
${Object.entries(findings)
  .map(([finding, meaning]) => `  ${finding.padEnd(18)} ${meaning}`)
  .join("\n")}

Findings that need --state or --stack:
  ${findingNames.filter(needsStacks).join(", ")}

Output of --emit:
  adopt              a program with the option adopt for each token
  import             the --file of the command import, with a place for each value
  pulumi-import      the --file of pulumi import (CLI 3.254 or later, with --generate-code=false)

Requests: the audit sends one for each project and group, and one for each 100 tokens, projects or groups in a list.
It reads the first page of each list twice, and each list of groups and of their projects twice.
GitLab's list of the instance does not name owners. With --instance, the audit reads projects and groups until every
token has an owner. GitLab.com has no list of the instance: use --group PATH --recursive there.

The access token is read from GITLAB_TOKEN. It needs the scope read_api and the role Maintainer.

Exit code: 0 no finding of --fail-on, 1 a finding of --fail-on, 2 failed or incomplete. With --emit: 0 if the file is written.
`;

async function audited(options: AuditOptions, console: Console): Promise<number> {
  const { emit } = options;
  const targets = targetsOf(options);
  if (emit === undefined) mayFail(options);
  refuseOverwriting(options);
  requireDistinctFiles(options);
  const output = await destinationOf(options, console);
  const files = await Promise.all(options.report.map(openReport));
  const exports = await readStacks(options, console.env);
  const { gitlab, progress } = await connectTo(options, console, "read_api");
  const meant = formatNames.find((name) => options.output?.endsWith(`.${name}`));
  if (emit === undefined && options.format === "table" && meant !== undefined) {
    progress.note(`--output ${options.output} gets the format table; for ${meant} add --format ${meant}`);
  }
  const found = await collectTokens(gitlab, targets, options.concurrency, progress);
  const call = auditCall(options, exports, gitlab.connection.baseUrl);
  const report = reportOf(found, exports, gitlab.connection.baseUrl, options, call, now(console.env));
  const columns = options.output === undefined ? console.stdout.columns : undefined;
  const rendering = { failOn: options.failOn, call };
  if (emit === undefined) await output.write(await render(report, options.format, { ...rendering, columns }));
  else {
    const { text, note, warning }: EmittedFile = await emitters[emit](report);
    await output.write(text);
    if (note !== undefined) progress.note(note);
    if (warning !== undefined) progress.warn(warning);
  }
  for (const { format, file } of files) await file.write(await render(report, format, rendering));
  return exitCode(report, found, options, progress);
}

function reportOf(
  found: Inventory,
  exports: readonly StackExport[],
  baseUrl: string,
  options: AuditOptions,
  call: AuditCall,
  at: Date,
): AuditReport {
  const tokens = evaluate(found, exports, baseUrl, at, options.within);
  return {
    at: at.toISOString(),
    baseUrl,
    targets: describeTargets(targetsOf(options)),
    withinDays: options.within,
    stacks: exports.map(({ stack }) => stack),
    tokens,
    unsettled: unsettledOf(exports).map(({ stack, urn }) => ({ stack, urn })),
    complete: found.unread.length === 0,
    notes: [
      ...completenessWarnings(found, exports, baseUrl),
      ...killedRunWarnings(leftByKilledRuns(tokens, exports, baseUrl), exports, call.connection),
    ],
  };
}

function exitCode(report: AuditReport, found: Inventory, options: AuditOptions, progress: Progress): number {
  for (const note of report.notes) progress.warn(note);
  if (isIncomplete(found, options, progress)) return 2;
  return options.emit === undefined && hasFailed(report, options.failOn) ? 1 : 0;
}

/** Refuses to overwrite a program, which somebody may have edited; a report is overwritten each time. */
function refuseOverwriting({ emit, output }: AuditOptions): void {
  if (emit === undefined || output === undefined || !existsSync(output)) return;
  throw invalid(`--output ${output}: the file exists, and --emit overwrites no file; wanted: a new file`);
}

/** Refuses two reports in one file, of which the last one would be left. */
function requireDistinctFiles({ output, report }: AuditOptions): void {
  const files = [...(output === undefined ? [] : [output]), ...report.map(({ file }) => file)];
  const paths = files.map((file) => resolve(file));
  const twice = files.find((_, index) => paths.indexOf(paths[index] ?? "") < index);
  if (twice === undefined) return;
  throw invalid(`Two reports go to ${twice}; wanted: a file of its own for each --report and for --output`);
}

async function destinationOf({ output }: AuditOptions, { stdout }: Console): Promise<OutputFile> {
  if (output !== undefined) return openOutput(`--output ${output}`, output);
  return { write: async (text) => void stdout.write(text) };
}

async function openReport({ format, file }: ReportFile) {
  return { format, file: await openOutput(`--report ${format}=${file}`, file) };
}

function reportFile(text: string, all: readonly ReportFile[]): ReportFile[] {
  const at = text.indexOf("=");
  const format = formatNames.find((name) => name === text.slice(0, at));
  const file = text.slice(at + 1);
  if (format !== undefined && file !== "") return [...all, { format, file }];
  throw new InvalidArgumentError(
    `wanted: a format and a file, such as junit=audit.xml; formats: ${formatNames.join(", ")}`,
  );
}
