import type { Figure, Loading, Measurement, Operation, RateLimited, Side } from "./measurement.js";
import { median, type Ratio, ratio } from "./statistics.js";

/** All measurements, with the questions that the report asks. */
export class Figures {
  readonly operations: readonly Measurement[];
  readonly rateLimited: readonly RateLimited[];
  readonly loading: readonly Loading[];

  constructor(figures: readonly Figure[]) {
    // A repeated measurement replaces the one from a turn that broke off.
    const operations = figures.filter((figure) => figure.kind === "operation");
    this.operations = [...new Map(operations.map((each) => [keyOf(each), each])).values()];
    this.rateLimited = figures.filter((figure) => figure.kind === "rate limit");
    this.loading = figures.filter((figure) => figure.kind === "loading");
  }

  of(side: Side, operation: Operation, tokens: number, latency = 0): Measurement[] {
    return this.operations.filter(
      (each) =>
        each.side === side &&
        each.operation === operation &&
        each.tokens === tokens &&
        each.latency === latency,
    );
  }

  /** In seconds; undefined if it was not measured. */
  seconds(side: Side, operation: Operation, tokens: number, latency = 0): number | undefined {
    return middle(this.of(side, operation, tokens, latency), ({ seconds }) => seconds);
  }

  /** The ratio of this package's time to the floor's. */
  toFloor(operation: Operation, tokens: number, latency = 0): Ratio | undefined {
    const rounds = (side: Side) =>
      new Map(this.of(side, operation, tokens, latency).map((each) => [turnOf(each), each.seconds]));
    return ratio(rounds("ours"), rounds("floor"));
  }

  /** The different numbers of tokens in ascending order. */
  tokens(side: Side = "ours", latency = 0): number[] {
    const all = this.operations.filter((each) => each.side === side && each.latency === latency);
    return ascending(all.map(({ tokens }) => tokens));
  }

  latencies(): number[] {
    return ascending(this.operations.map(({ latency }) => latency));
  }
}

function keyOf(each: Measurement): string {
  const { side, operation, tokens, latency } = each;
  return [side, operation, tokens, latency, turnOf(each)].join(" ");
}

function turnOf({ round, repetition = 1 }: Measurement): string {
  return `${round}.${repetition}`;
}

/** The median of one value of several measurements; undefined without a measurement. */
export function middle<T>(all: readonly T[], value: (each: T) => number): number | undefined {
  return all.length === 0 ? undefined : median(all.map(value));
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
