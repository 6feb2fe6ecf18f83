import { type Command, InvalidArgumentError, Option } from "commander";
import { testingTime } from "../clock.js";
import { connect } from "../connect.js";
import type { GitLabClient } from "../gitlab/client.js";
import { isPlainHttp } from "../gitlab/connection.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { type OwnerKind, ownerProblem } from "../gitlab/owner.js";
import { type Console, Progress } from "./console.js";
import { inParallel } from "./in-parallel.js";
import { exportStack, readExport, type StackExport } from "./stack-exports.js";
import type { Targets, Walk } from "./walk.js";

/** The connection's flags; the access token comes from the environment only: arguments are for all to see. */
export interface ConnectionOptions {
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
  readonly recursive?: boolean;
  readonly concurrency: number;
  readonly allowIncomplete?: boolean;
}

export interface StackOptions {
  readonly state: readonly string[];
  readonly stack: readonly string[];
}

export function withConnection(command: Command): Command {
  return command
    .option("--base-url <url>", "GitLab's address (GITLAB_BASE_URL; default: https://gitlab.com)")
    .option(
      "--cacert-file <file>",
      "certificates (PEM) of the authority of GitLab's own (GITLAB_CACERT_FILE)",
    )
    .option("--insecure", "accept any certificate (GITLAB_INSECURE)")
    .option("--retries <number>", "how often a request is sent again (GITLAB_RETRIES; default: 10)")
    .option("--quiet", "no progress on standard error");
}

export function withTargets(command: Command): Command {
  return command
    .option("--instance", "the whole instance (administrators only)")
    .addOption(list("--group <path>", "a group, by full path or id; may be repeated", owners("group")))
    .option("--recursive", "with --group: its subgroups and all their projects too")
    .addOption(list("--project <path>", "a project, by full path or id; may be repeated", owners("project")))
    .addOption(
      new Option("--concurrency <number>", "requests at a time, 1 to 32")
        .argParser(wholeNumber(1, 32))
        .default(8),
    )
    .option("--allow-incomplete", "do not fail where a project or group below cannot be read");
}

export function withStacks(command: Command): Command {
  return command
    .addOption(list("--state <file>", "a stack as pulumi stack export writes it; may be repeated", append))
    .addOption(
      list("--stack <name>", "a stack of the Pulumi project in this folder; may be repeated", append),
    );
}

export async function connectTo(
  options: ConnectionOptions,
  console: Console,
): Promise<{ gitlab: GitLabClient; progress: Progress }> {
  const progress = new Progress(console, options.quiet === true);
  const flags = {
    GITLAB_BASE_URL: options.baseUrl,
    GITLAB_CACERT_FILE: options.cacertFile,
    GITLAB_INSECURE: options.insecure ? "true" : undefined,
    GITLAB_RETRIES: options.retries,
  };
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const gitlab = await connect(() => undefined, { ...console.env, ...given }, progress);
  const { baseUrl } = gitlab.connection;
  if (isPlainHttp(baseUrl)) {
    progress.warn(`${baseUrl} is plain http: the access token crosses the network in the clear.`);
  }
  if (console.env[testingTime]) {
    progress.warn(`${testingTime} is set, which is for tests: ${console.env[testingTime]} is taken for now.`);
  }
  return { gitlab, progress };
}

export function targetsOf(options: TargetOptions): Targets {
  const { instance = false, group: groups, project: projects, recursive = false } = options;
  if (!instance && groups.length + projects.length === 0) {
    throw new DeployTokenError(
      "invalid_argument",
      "Nothing to look through; wanted: --instance, --group PATH (with --recursive) or --project PATH",
    );
  }
  if (recursive && groups.length === 0) {
    throw new DeployTokenError("invalid_argument", "--recursive goes with --group PATH; no group was given");
  }
  return { instance, groups, projects, recursive };
}

/** Whether more could not be read than the options allow; then it says so. */
export function isIncomplete(
  { unread }: Walk,
  { allowIncomplete = false }: TargetOptions,
  progress: Progress,
): boolean {
  if (unread.length === 0 || allowIncomplete) return false;
  progress.warn("Not everything could be read: the exit code is 2, unless --allow-incomplete is given.");
  return true;
}

export async function readStacks(
  { state, stack }: StackOptions,
  env: NodeJS.ProcessEnv,
  showSecrets = false,
): Promise<StackExport[]> {
  const exports = await Promise.all(state.map(readExport));
  const exported: StackExport[] = [];
  // Each is a process of Pulumi's.
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

function list(flags: string, description: string, parse: (text: string, all: readonly string[]) => string[]) {
  return new Option(flags, description).argParser(parse).default([], "none");
}

function append(text: string, all: readonly string[]): string[] {
  return [...all, text];
}

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`wanted: a whole number from ${least} to ${most}`);
  };
}
