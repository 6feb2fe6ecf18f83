/** The order in which a stack goes through the operations. */
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

/** Operations that change neither the stack nor GitLab, so that a round may measure them several times. */
export const repeatable: ReadonlySet<Operation> = new Set(["preview", "no-change up", "refresh"]);

export const sides = ["ours", "floor", "usual", "official", "plain"] as const;
export type Side = (typeof sides)[number];

export const roles = ["engine", "program", "provider"] as const;
export type Role = (typeof roles)[number];

/** The usage of the processes of one role. */
export interface Usage {
  /** User and system time, in seconds. */
  readonly cpu: number;
  /** The sum of each process's own peak of resident memory, in MB. */
  readonly memory: number;
}

/** One measurement of one operation of one side. */
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
  /** The sequence number in its round, starting at 1. @default 1 */
  readonly repetition?: number;
  readonly seconds: number;
  readonly usage: Readonly<Record<Role, Usage>>;
  readonly requests: Readonly<Record<string, number>>;
  /** The state after the operation; undefined if no state exists. */
  readonly state: State | undefined;
}

export interface State {
  /** The size of the backend's file. */
  readonly bytes: number;
  /** The average size of one token's resource as compact JSON; undefined without a token. */
  readonly perToken: number | undefined;
}

/** One measurement of a first `up` under a rate limit. */
export interface RateLimited {
  readonly kind: "rate limit";
  readonly round: number;
  readonly tokens: number;
  readonly limit: number;
  /** In seconds. */
  readonly period: number;
  readonly seconds: number;
  /** The shortest time that the limit allows, in seconds from the command's start. */
  readonly allowed: number;
  readonly accepted: number;
  readonly refused: number;
}

/** The cost of a module in a process that has loaded `@pulumi/pulumi`. */
export interface Loading {
  readonly kind: "loading";
  readonly module: string;
  /** Each value is a median of several processes. */
  readonly milliseconds: number;
  readonly megabytes: number;
  readonly modules: number;
  readonly processes: number;
}

interface Tarball {
  readonly kind: "tarball";
  readonly bytes: number;
  /** Distinguishes the builds of the package. */
  readonly hash: string;
}

export type Figure = Measurement | RateLimited | Loading | Tarball;
