import { type Command, InvalidArgumentError, Option } from "commander";
import { invalid } from "../invalid-argument.js";
import { suggest } from "../suggest.js";
import { type AuditReport, type Finding, findingNames } from "./audit-report.js";
import type { StackOptions } from "./options.js";

export interface FailOnOptions {
  readonly failOn: ReadonlySet<Finding>;
}

const failing: readonly Finding[] = [
  "expired-in-stack",
  "revoked-in-stack",
  "gone-in-stack",
  "open-request",
  "expiring",
];
const byDefault: ReadonlySet<Finding> = new Set(failing);

export function withFailOn(command: Command): Command {
  return command.addOption(
    new Option(
      "--fail-on <findings>",
      "findings that set the exit code to 1: any, none, or a comma-separated list; may be repeated",
    )
      .argParser(findingSet)
      .default(byDefault, failing.join(",")),
  );
}

/** Whether only an audit with stacks can have the finding. */
export function needsStacks(finding: Finding): boolean {
  return ["unknown", "left-by-killed-run", "open-request"].includes(finding) || finding.endsWith("-in-stack");
}

/** Rejects a set of findings that can never be found. */
export function mayFail({ failOn, state, stack }: FailOnOptions & StackOptions): void {
  const all = [...failOn];
  if (all.length === 0 || !all.every(needsStacks) || state.length + stack.length > 0) return;
  throw invalid(
    `--fail-on ${all.join(",")} never matches without stacks; wanted: --stack NAME or --state FILE`,
  );
}

/** Whether the report has a finding that makes the exit code 1. */
export function hasFailed({ tokens, unsettled }: AuditReport, failOn: ReadonlySet<Finding>): boolean {
  if (unsettled.length > 0 && failOn.has("open-request")) return true;
  return tokens.some((token) => token.findings.some((each) => failOn.has(each)));
}

function findingSet(text: string, before: ReadonlySet<Finding>): ReadonlySet<Finding> {
  const words = [...new Set(text.split(",").map((each) => each.trim()))];
  const alone = words.find((each) => each === "any" || each === "none");
  if (alone !== undefined && words.length > 1) {
    throw new InvalidArgumentError(
      `"${alone}" cannot be combined with findings; wanted: ${alone} alone, or a list of findings`,
    );
  }
  const unknown = words.find((each) => each !== alone && !(findingNames as string[]).includes(each));
  if (unknown !== undefined) {
    const meant = suggest(unknown, ["any", "none", ...findingNames]);
    const near = meant === undefined ? "" : `; did you mean "${meant}"?`;
    throw new InvalidArgumentError(
      `unknown finding "${unknown}"${near}; wanted: any, none, or some of ${findingNames.join(",")}`,
    );
  }
  // Each further --fail-on adds findings. A later "none" removes none.
  const earlier = before === byDefault ? [] : before;
  const added = alone === "any" ? findingNames : alone === "none" ? [] : (words as Finding[]);
  return new Set([...earlier, ...added]);
}
