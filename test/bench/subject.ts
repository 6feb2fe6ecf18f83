import type { Operation, Role, Side, State, Usage } from "./measurement.js";

/** The parameters of a scenario's subjects. */
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

/** One side of the benchmark, with its own group in GitLab, which performs the operations in their order. */
export interface Subject {
  readonly side: Side;
  /** Undefined if the side has no such operation. */
  perform(operation: Operation): Promise<Performed | undefined>;
  dispose(): void;
}

/**
 * The variables that the programs of all sides read. The name differs by generation, so that all tokens are replaced.
 */
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
