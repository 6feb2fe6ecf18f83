import { now } from "../clock.js";
import { configuredBaseUrl, type Lookup } from "../config.js";
import { connect, type Log } from "../connect.js";
import type { GitLabClientOptions } from "../gitlab/client.js";
import { Interruption } from "./interruption.js";
import { Ledger } from "./ledger.js";
import { once } from "./once.js";

export interface SessionOptions {
  readonly log: Log;
  /** @default none is listened for */
  readonly interruption?: Interruption;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeouts?: GitLabClientOptions["timeouts"];
  /** Limit on one operation with all its requests, retries and waits, in milliseconds. */
  readonly deadline?: number;
}

const defaultDeadline = 15 * 60_000;

/** Operations that begin within so many milliseconds have one limit: a timer for each read costs more than the read. */
const sharing = 50;

const ignore = () => {};

/** One run of the provider's process: its configuration, its client, and what it learned of GitLab. */
export class Session {
  readonly log: Log;
  readonly ledger = new Ledger();
  readonly interruption: Interruption;
  readonly env: NodeJS.ProcessEnv;
  private readonly options: SessionOptions;
  private configuredLookup: Lookup = () => undefined;
  private knownBaseUrl: string | undefined;
  private limit: { readonly since: number; readonly signal: AbortSignal } | undefined;
  private readonly warned = new Set<string>();

  constructor(options: SessionOptions) {
    this.options = options;
    this.log = options.log;
    this.env = options.env ?? process.env;
    this.interruption = options.interruption ?? new Interruption(ignore, ignore);
  }

  /** Stores and no more: the engine's other calls do not wait for it, and a throw would be lost. */
  configure(lookup: Lookup): void {
    this.configuredLookup = lookup;
    this.knownBaseUrl = undefined;
  }

  get lookup(): Lookup {
    return this.configuredLookup;
  }

  /** A warning that holds for the whole GitLab: said once in a run, however many tokens meet it. */
  warnOnce(about: string, message: string): void {
    if (this.warned.has(about)) return;
    this.warned.add(about);
    this.log.warn(message);
  }

  now(): Date {
    return now(this.env);
  }

  /** Asked for by each read and diff of each token. */
  baseUrl(): string {
    this.knownBaseUrl ??= configuredBaseUrl(this.lookup, this.env);
    return this.knownBaseUrl;
  }

  /** A limit for an operation that begins now: what one that began shortly before has is as good. */
  deadline(): AbortSignal {
    const at = performance.now();
    if (this.limit === undefined || this.limit.signal.aborted || at - this.limit.since > sharing) {
      this.limit = { since: at, signal: AbortSignal.timeout(this.options.deadline ?? defaultDeadline) };
    }
    return this.limit.signal;
  }

  /** The client, made when it is first needed: preview loads no HTTP library. */
  readonly gitlab = once(() =>
    connect(this.lookup, this.env, this.log, {
      timeouts: this.options.timeouts,
      mayPost: () => !this.interruption.requested,
    }),
  );
}
