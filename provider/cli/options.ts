import { type Command, InvalidArgumentError, Option } from "commander";
import { testingTime } from "../clock.js";
import { connect } from "../connect.js";
import type { ConfigReader } from "../find-setting.js";
import type { GitLabClient } from "../gitlab/client.js";
import { isPlainHttp } from "../gitlab/connection.js";
import { type OwnerKind, ownerProblem } from "../gitlab/owner.js";
import { invalid } from "../invalid-argument.js";
import type { Setting } from "../settings.js";
import { type Console, Progress } from "./console.js";
import { inParallel } from "./in-parallel.js";
import type { Inventory, Targets } from "./inventory.js";
import { secretArgument } from "./secret-argument.js";
import { exportStack, readExport, type StackExport } from "./stack-exports.js";

const userName = /^(?!\.+$)[\w.-]+$/;

/** The flags of the connection. The access token comes from the environment only, because all users see arguments. */
interface ConnectionOptions {
  readonly baseUrl?: string;
  readonly cacertFile?: string;
  readonly insecure?: boolean;
  readonly retries?: string;
  readonly quiet?: boolean;
}

export interface TargetOptions {
  readonly instance?: boolean;
  readonly group: readonly string[];
  readonly project: readonly string[];
  readonly user: readonly string[];
  readonly recursive?: boolean;
  readonly concurrency: number;
  readonly allowIncomplete?: boolean;
}

export interface StackOptions {
  readonly state: readonly string[];
  readonly stack: readonly string[];
}

/** What `audit` and `prune` take. */
export type SearchOptions = ConnectionOptions & TargetOptions & StackOptions;

export function withConnection(command: Command): Command {
  const fromEnvironment = "the access token in the environment variable GITLAB_TOKEN";
  for (const flags of ["--token <value>", "--access-token <value>", "--private-token <value>"]) {
    command.addOption(secretArgument(flags, fromEnvironment));
  }
  return command
    .option("--base-url <url>", "GitLab's address (GITLAB_BASE_URL; default: https://gitlab.com)", notEmpty)
    .option(
      "--cacert-file <file>",
      "PEM certificates of the authority that issued GitLab's certificate (GITLAB_CACERT_FILE)",
      notEmpty,
    )
    .option("--insecure", "accept any certificate (GITLAB_INSECURE)")
    .option(
      "--retries <number>",
      "maximum number of retries of a request (GITLAB_RETRIES; default: 10)",
      notEmpty,
    )
    .option("--quiet", "no progress on standard error");
}

export function withTargets(command: Command): Command {
  return command
    .option("--instance", "the whole instance (administrators only)")
    .addOption(list("--group <path>", "a group, by full path or id; may be repeated", owners("group")))
    .option("--recursive", "with --group: also its subgroups and all their projects")
    .addOption(list("--project <path>", "a project, by full path or id; may be repeated", owners("project")))
    .addOption(list("--user <name>", "the projects of a user's own namespace; may be repeated", userNames))
    .addOption(
      new Option("--concurrency <number>", "requests at a time, 1 to 32")
        .argParser(wholeNumber(1, 32))
        .default(8),
    )
    .option("--allow-incomplete", "do not fail if a subgroup or project cannot be read");
}

export function withStacks(command: Command): Command {
  return command
    .addOption(
      list(
        "--state <file>",
        "a stack as pulumi stack export writes it, or a Terraform or OpenTofu state; may be repeated",
        append,
      ),
    )
    .addOption(
      list("--stack <name>", "a stack of the Pulumi project in this folder; may be repeated", append),
    );
}

export async function connectTo(
  options: ConnectionOptions,
  console: Console,
  scope?: ConfigReader["scope"],
): Promise<{ gitlab: GitLabClient; progress: Progress }> {
  const progress = new Progress(console, options.quiet === true);
  const flags: Readonly<Partial<Record<Setting, string | undefined>>> = {
    baseUrl: options.baseUrl,
    cacertFile: options.cacertFile,
    insecure: options.insecure ? "true" : undefined,
    retries: options.retries,
  };
  const lookup: ConfigReader = Object.assign(
    (key: string) => flags[key.slice(key.indexOf(":") + 1) as Setting],
    { isCommand: true, ...(scope === undefined ? {} : { scope }) },
  );
  const gitlab = await connect(lookup, console.env, progress);
  const { baseUrl } = gitlab.connection;
  if (isPlainHttp(baseUrl)) {
    progress.warn(`${baseUrl} is plain http: the access token crosses the network unencrypted.`);
  }
  if (console.env[testingTime]) {
    progress.warn(
      `${testingTime} is set, which is for tests: ${console.env[testingTime]} is used as the current time.`,
    );
  }
  return { gitlab, progress };
}

export function targetsOf(options: TargetOptions): Targets {
  const { instance = false, group: groups, project: projects, user: users, recursive = false } = options;
  if (!instance && groups.length + projects.length + users.length === 0) {
    throw invalid(
      "No project or group given; wanted: --instance, --group PATH (with --recursive), --project PATH or --user NAME",
    );
  }
  if (recursive && groups.length === 0) {
    throw invalid("--recursive needs --group PATH; no group was given");
  }
  return { instance, groups, projects, users, recursive };
}

/** The targets in words: `group acme and all below it`. */
export function describeTargets({ instance, groups, projects, users, recursive }: Targets): string[] {
  return [
    ...(instance ? ["the instance"] : []),
    ...groups.map((group) => `group ${group}${recursive ? " and all below it" : ""}`),
    ...projects.map((project) => `project ${project}`),
    ...users.map((user) => `user ${user}`),
  ];
}

/** Whether the result is incomplete against the options. Prints a warning if so. */
export function isIncomplete(
  { unread }: Inventory,
  { allowIncomplete = false }: TargetOptions,
  progress: Progress,
): boolean {
  if (unread.length === 0 || allowIncomplete) return false;
  progress.warn("Some projects or groups could not be read: the exit code is 2 without --allow-incomplete.");
  return true;
}

export async function readStacks(
  { state, stack }: StackOptions,
  env: NodeJS.ProcessEnv,
  showSecrets = false,
): Promise<StackExport[]> {
  const exports = await Promise.all(state.map(readExport));
  const exported: StackExport[] = [];
  // Each export is a process of Pulumi.
  await inParallel(stack.entries(), 4, async ([index, name]) => {
    exported[index] = await exportStack(name, showSecrets, env);
  });
  return [...exports, ...exported];
}

/** `30d`, or a number of days. */
export function days(text: string): number {
  const match = /^(\d{1,5})d?$/.exec(text);
  if (match === null) throw new InvalidArgumentError("wanted: days, such as 30d");
  return Number(match[1]);
}

function owners(kind: OwnerKind) {
  return (text: string, all: readonly string[]): string[] => {
    const wanted = ownerProblem(kind, text);
    if (wanted !== undefined) throw new InvalidArgumentError(`wanted: ${wanted}`);
    return [...all, text];
  };
}

function userNames(text: string, all: readonly string[]): string[] {
  if (userName.test(text)) return [...all, text];
  throw new InvalidArgumentError("wanted: a user's name as in the address of the profile, without @, or id");
}

function list(flags: string, description: string, parse: (text: string, all: readonly string[]) => string[]) {
  return new Option(flags, description).argParser(parse).default([], "none");
}

function append(text: string, all: readonly string[]): string[] {
  return [...all, notEmpty(text)];
}

/** Refuses what a script leaves of an unset variable: Pulumi would take the current stack, and GitLab be gitlab.com. */
export function notEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("wanted: a text that is not empty");
  return text;
}

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`wanted: a whole number from ${least} to ${most}`);
  };
}
