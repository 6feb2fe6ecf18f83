/** In the order in which a stack goes through them. */
export const operations = ["up", "preview", "no-change up", "refresh", "replace", "destroy"] as const;
export type Operation = (typeof operations)[number];

export const titles: Readonly<Record<Operation, string>> = {
  up: "first `up`",
  preview: "`preview`",
  "no-change up": "`up`, no change",
  refresh: "`refresh`",
  replace: "`up`, all replaced",
  destroy: "`destroy`",
};

/** They leave stack and GitLab as they are: each may be measured several times in a round. */
export const repeatable: ReadonlySet<Operation> = new Set(["preview", "no-change up", "refresh"]);

export const sides = ["ours", "floor", "usual", "official", "plain"] as const;
export type Side = (typeof sides)[number];

export const roles = ["engine", "program", "provider"] as const;
export type Role = (typeof roles)[number];

/** What the processes of one role used. */
export interface Usage {
  /** User and system time, in seconds. */
  readonly cpu: number;
  /** The sum of each process's own peak of resident memory, in MB. */
  readonly memory: number;
}

/** One operation of one side, once. */
export interface Measurement {
  readonly kind: "operation";
  readonly side: Side;
  readonly operation: Operation;
  readonly tokens: number;
  readonly owners: number;
  /** In milliseconds. */
  readonly latency: number;
  readonly parallel: number;
  readonly round: number;
  /** The how many-th in its round, of a command that may be repeated. @default 1 */
  readonly repetition?: number;
  readonly seconds: number;
  readonly usage: Readonly<Record<Role, Usage>>;
  readonly requests: Readonly<Record<string, number>>;
  /** After the operation; undefined if no state exists. */
  readonly state: State | undefined;
}

export interface State {
  /** Of the backend's file. */
  readonly bytes: number;
  /** Of one token's row as compact JSON, on average; undefined without a token. */
  readonly perToken: number | undefined;
}

/** A first `up` under a rate limit, once. */
export interface RateLimited {
  readonly kind: "rate limit";
  readonly round: number;
  readonly tokens: number;
  readonly limit: number;
  /** In seconds. */
  readonly period: number;
  readonly seconds: number;
  /** How long the limit makes it take at least, from the command's start, in seconds. */
  readonly allowed: number;
  readonly accepted: number;
  readonly refused: number;
}

/** What a module adds to a process that has loaded `@pulumi/pulumi`. */
export interface Loading {
  readonly kind: "loading";
  readonly module: string;
  /** Each a median of several processes. */
  readonly milliseconds: number;
  readonly megabytes: number;
  readonly modules: number;
  readonly processes: number;
}

interface Tarball {
  readonly kind: "tarball";
  readonly bytes: number;
  /** Tells one build of the package from another. */
  readonly hash: string;
}

export type Figure = Measurement | RateLimited | Loading | Tarball;
