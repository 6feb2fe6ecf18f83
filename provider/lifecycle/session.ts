import { now } from "../clock.js";
import { configuredBaseUrl, type Lookup, readConnection } from "../config.js";
import type { GitLabClient, GitLabClientOptions } from "../gitlab/client.js";
import { Interruption } from "./interruption.js";
import { Ledger } from "./ledger.js";

/** Where messages go that belong to no resource's program side. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

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
/** Shorter waits are not worth a message. */
const longWait = 5_000;

const ignore = () => {};

/** One run of the provider's process: its configuration, its client, and what it learned of GitLab. */
export class Session {
  readonly log: Log;
  readonly ledger = new Ledger();
  readonly interruption: Interruption;
  readonly env: NodeJS.ProcessEnv;
  private readonly options: SessionOptions;
  lookup: Lookup = () => undefined;
  private client: Promise<GitLabClient> | undefined;

  constructor(options: SessionOptions) {
    this.options = options;
    this.log = options.log;
    this.env = options.env ?? process.env;
    this.interruption = options.interruption ?? new Interruption(ignore, ignore);
  }

  /** Stores and no more: the engine's other calls do not wait for it, and a throw would be lost. */
  configure(lookup: Lookup): void {
    this.lookup = lookup;
  }

  now(): Date {
    return now(this.env);
  }

  baseUrl(): string {
    return configuredBaseUrl(this.lookup, this.env);
  }

  /** A limit for one operation. */
  deadline(): AbortSignal {
    return AbortSignal.timeout(this.options.deadline ?? defaultDeadline);
  }

  /** The client, made when it is first needed: preview loads no HTTP library. */
  gitlab(): Promise<GitLabClient> {
    this.client ??= this.connect().catch((error: unknown) => {
      this.client = undefined;
      throw error;
    });
    return this.client;
  }

  private async connect(): Promise<GitLabClient> {
    const connection = readConnection(this.lookup, this.env);
    const [{ GitLabClient }, { Gate }] = await Promise.all([
      import("../gitlab/client.js"),
      import("../gitlab/gate.js"),
    ]);
    return new GitLabClient(connection, {
      gate: new Gate(),
      ...(this.options.timeouts ? { timeouts: this.options.timeouts } : {}),
      onWait: (milliseconds, reason) => {
        if (milliseconds >= longWait) this.log.info(`${reason}: waiting ${Math.ceil(milliseconds / 1000)} s`);
      },
      onSecondToken: (source) =>
        this.log.warn(
          `GitLab refused the access token from ${connection.tokenSource}; ${source} worked and is used instead. Run pulumi up to store the new one.`,
        ),
    });
  }
}
