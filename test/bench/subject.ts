import type { Operation, Role, Side, State, Usage } from "./measurement.js";

/** How a scenario's subjects are made. */
export interface Scenario {
  readonly tokens: number;
  readonly owners: number;
  /** In milliseconds. */
  readonly latency: number;
  readonly parallel: number;
}

export interface Performed {
  readonly seconds: number;
  readonly usage: Readonly<Record<Role, Usage>>;
  readonly requests: Readonly<Record<string, number>>;
  readonly state: State | undefined;
}

/** One side of the benchmark with a group of its own in GitLab, taken through the operations in their order. */
export interface Subject {
  readonly side: Side;
  /** Undefined where it has no such operation. */
  perform(operation: Operation): Promise<Performed | undefined>;
  dispose(): void;
}

/** What programs of all sides read. The name differs from generation to generation, so that all are replaced. */
export function programEnvironment(
  side: Side,
  { tokens, owners }: Scenario,
  generation: number,
): Record<string, string> {
  return {
    BENCH_GROUP: side,
    BENCH_TOKENS: String(tokens),
    BENCH_OWNERS: String(owners),
    BENCH_NAME: `pull ${generation}`,
  };
}
