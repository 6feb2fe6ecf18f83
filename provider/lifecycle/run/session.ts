import { checkSettings } from "../../config.js";
import { connect, type Log } from "../../connect.js";
import { type ConfigReader, configuredBaseUrl } from "../../find-setting.js";
import type { GitLabClientOptions } from "../../gitlab/client.js";
import type { OwnerKind } from "../../gitlab/owner.js";
import type { DescribedOwner } from "../../gitlab/owners.js";
import { equalKey, type TokenArguments } from "../arguments.js";
import { Interruption } from "./interruption.js";
import { once } from "./once.js";
import type { OwnerTokens } from "./owner-tokens.js";
import { RunState } from "./run-state.js";
import { stackNames } from "./stack-names.js";
import { systemTime, type Time } from "./time.js";

export interface SessionOptions {
  readonly log: Log;
  /** @default no handler for Ctrl-C */
  readonly interruption?: Interruption;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeouts?: GitLabClientOptions["timeouts"];
  /** Limit on one operation with all its requests, retries and waits, in milliseconds. */
  readonly deadline?: number;
  /** @default real time */
  readonly time?: Time;
  /** The names of the program's stacks. @default those with a configuration file */
  readonly stackNames?: () => readonly string[];
  /** Sends the HTTP requests. @default Node.js's own */
  readonly adapter?: GitLabClientOptions["adapter"];
}

const defaultDeadline = 15 * 60_000;

/** Operations that start within this time, in milliseconds, share one timer: a timer costs more than a read. */
const sharing = 50;

const ignore = () => {};

// Loaded at its first use: a preview sends no request.
const loadOwnerTokens = once(() => import("./owner-tokens.js"));

/** One run of the provider's process: its configuration, its client, and what it knows of GitLab. */
export class Session {
  readonly log: Log;
  readonly runState: RunState;
  readonly interruption: Interruption;
  readonly env: NodeJS.ProcessEnv;
  readonly time: Time;
  /** The configuration of the stack or of the resource's `Provider`. */
  lookup: ConfigReader = () => undefined;
  private knownBaseUrl: string | undefined;
  private checkedSettings: { readonly problem: string | undefined } | undefined;
  private limit: { readonly since: number; readonly signal: AbortSignal } | undefined;
  private readonly warned = new Set<string>();

  constructor(private readonly options: SessionOptions) {
    this.log = options.log;
    this.env = options.env ?? process.env;
    this.time = options.time ?? systemTime(this.env);
    this.runState = new RunState(() => this.time.elapsed());
    this.interruption = options.interruption ?? new Interruption(ignore, ignore);
  }

  /** Only stores: the engine's other calls do not wait for it, and an error would be lost. */
  configure(lookup: ConfigReader): void {
    this.lookup = lookup;
    this.knownBaseUrl = undefined;
    this.checkedSettings = undefined;
  }

  /** The problem of invalid settings that needs no request, for a preview. */
  settingsProblem(): string | undefined {
    if (this.checkedSettings === undefined) {
      try {
        checkSettings(this.lookup, this.env);
        this.checkedSettings = { problem: undefined };
      } catch (error) {
        this.checkedSettings = { problem: error instanceof Error ? error.message : "unknown reason" };
      }
    }
    return this.checkedSettings.problem;
  }

  /** A warning about the whole GitLab, printed once in a run, however many tokens it concerns. */
  warnOnce(about: string, message: string): void {
    if (this.warned.has(about)) return;
    this.warned.add(about);
    this.log.warn(message);
  }

  /**
   * Whether another resource or stack of the program may create an equal token. The name of a stack in the token's name
   * proves nothing: another stack may have the same text. Only called after a fault, because it reads a folder.
   */
  mayHaveEqual(kind: OwnerKind, desired: TokenArguments): boolean {
    if (this.runState.mayHaveEqual(equalKey(kind, desired))) return true;
    return (this.options.stackNames?.() ?? stackNames(process.cwd())).length > 1;
  }

  /** Cached, because each read and diff of each token needs it. */
  baseUrl(): string {
    this.knownBaseUrl ??= configuredBaseUrl(this.lookup, this.env);
    return this.knownBaseUrl;
  }

  /** The limit of an operation that starts now. Operations that start at about the same time share one. */
  deadline(): AbortSignal {
    const at = performance.now();
    if (this.limit === undefined || this.limit.signal.aborted || at - this.limit.since > sharing) {
      this.limit = { since: at, signal: AbortSignal.timeout(this.options.deadline ?? defaultDeadline) };
    }
    return this.limit.signal;
  }

  /** GitLab still creates tokens in a project or group that it will delete. */
  warnIfDoomed({ kind, path, deletionDate }: DescribedOwner): void {
    if (deletionDate === undefined) return;
    this.warnOnce(
      `doomed ${kind} ${path}`,
      `The ${kind} ${path} is marked for deletion on ${deletionDate}. GitLab will then delete its deploy tokens too. Restore it in GitLab, or remove its tokens from the program.`,
    );
  }

  /** The client, created at its first use: a preview loads no HTTP library. */
  readonly gitlab = once(() =>
    connect(this.lookup, this.env, this.log, {
      timeouts: this.options.timeouts,
      adapter: this.options.adapter,
      mayPost: () => !this.interruption.requested,
    }),
  );

  /** The tokens of a project or group, given by its numeric id or full path; `signal` ends the operation's requests. */
  async owner(kind: OwnerKind, id: string, signal: AbortSignal): Promise<OwnerTokens> {
    const [gitlab, { ownerTokens }] = await Promise.all([this.gitlab(), loadOwnerTokens()]);
    return ownerTokens({ kind, id }, gitlab, this.runState, signal, this.time, (described) =>
      this.warnIfDoomed(described),
    );
  }
}
