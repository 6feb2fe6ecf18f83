import type { Figures } from "./figures.js";
import { type Measurement, type Operation, titles } from "./measurement.js";
import { ownersOf } from "./rounds.js";
import { median, type Ratio } from "./statistics.js";

/** One of the goals that the benchmark checks. */
export interface Goal {
  readonly what: string;
  readonly wanted: string;
  /** Undefined if it was not measured. */
  readonly measured: string | undefined;
  readonly met: boolean | undefined;
}

/** Where the goals are measured. */
const goalTokens = [200, 1000] as const;

const toFloor: Readonly<Record<Exclude<Operation, "replace">, number>> = {
  up: 1.1,
  preview: 1.05,
  "no-change up": 1.05,
  refresh: 1.1,
  destroy: 1.1,
};
const latencyLimit = 1.1;
const stateLimit = 1_800;
const loadingLimit = { milliseconds: 10, megabytes: 5 };
const rateLimitLimit = 1.1;

export function goals(figures: Figures): Goal[] {
  return [
    ...goalTokens.flatMap((tokens) => [
      ...times(figures, tokens),
      ...requests(figures, tokens),
      state(figures, tokens),
    ]),
    rateLimited(figures),
    ...loading(figures),
  ];
}

/** The operations and sizes whose time is above the goal. */
export function tooSlow(figures: Figures): { operation: Operation; tokens: number }[] {
  return goalTokens.flatMap((tokens) =>
    (Object.keys(toFloor) as (keyof typeof toFloor)[])
      .filter((operation) => (figures.toFloor(operation, tokens)?.value ?? 0) > toFloor[operation])
      .map((operation) => ({ operation, tokens })),
  );
}

function times(figures: Figures, tokens: number): Goal[] {
  const goal = (what: string, limit: number, found: Ratio | undefined): Goal => ({
    what,
    wanted: `at most ${limit.toFixed(2)} of the floor`,
    measured: found && describeRatio(found, 3),
    met: found && found.value <= limit,
  });
  const latency = figures.latencies().findLast((each) => each > 0);
  return [
    ...Object.entries(toFloor).map(([name, limit]) => {
      const operation = name as keyof typeof toFloor;
      return goal(`${titles[operation]}, ${tokens} tokens`, limit, figures.toFloor(operation, tokens));
    }),
    goal(
      `${titles.up}, ${tokens} tokens, ${latency === undefined ? "latency" : `${latency} ms of latency`}`,
      latencyLimit,
      latency === undefined ? undefined : figures.toFloor("up", tokens, latency),
    ),
  ];
}

function requests(figures: Figures, tokens: number): Goal[] {
  const all = (operation: Operation) => figures.of("ours", operation, tokens);
  const goal = (
    what: string,
    wanted: string,
    runs: readonly Measurement[],
    count: (run: Measurement) => number,
    fits: (run: Measurement) => boolean,
  ): Goal => ({
    what: `requests of ${what}, ${tokens} tokens`,
    wanted,
    measured: runs.length === 0 ? undefined : String(Math.max(...runs.map((run) => count(run)))),
    met: runs.length === 0 ? undefined : runs.every(fits),
  });
  const owners = all("up")[0]?.owners ?? ownersOf(tokens);
  const created = (run: Measurement) => sum(run, /^POST .*\/deploy_tokens$/);
  const read = (run: Measurement) => sum(run, /^GET /);
  const quiet = [...all("preview"), ...all("no-change up")];
  const least = Math.min(tokens, owners + Math.ceil(tokens / 100));
  const outside = (run: Measurement) => sum(run) - sum(run, /^\w+ \/projects\/:id(\/deploy_tokens|$)/);
  return [
    goal(
      titles.up,
      `${tokens} POST, at most ${2 * owners} GET`,
      all("up"),
      sum,
      (run) => created(run) === tokens && read(run) <= 2 * owners && sum(run) === created(run) + read(run),
    ),
    goal(`${titles.preview} and ${titles["no-change up"]}`, "none", quiet, sum, (run) => sum(run) === 0),
    goal(titles.refresh, `at most ${least}`, all("refresh"), sum, (run) => sum(run) <= least),
    goal(
      "any command, for authentication",
      "none",
      figures.operations.filter((each) => each.side === "ours" && each.tokens === tokens),
      outside,
      (run) => outside(run) === 0,
    ),
  ];
}

/** The number of requests of a kind, or of all requests, of a command. */
export function sum({ requests: counts }: Measurement, kind = /./): number {
  return Object.entries(counts).reduce((total, [what, count]) => total + (kind.test(what) ? count : 0), 0);
}

function state(figures: Figures, tokens: number): Goal {
  const sizes = figures.of("ours", "up", tokens).flatMap(({ state: after }) => after?.perToken ?? []);
  const most = sizes.length === 0 ? undefined : Math.max(...sizes);
  return {
    what: `state of a token, ${tokens} tokens`,
    wanted: `at most ${stateLimit} bytes`,
    measured: most === undefined ? undefined : `${Math.round(most)} bytes`,
    met: most === undefined ? undefined : most <= stateLimit,
  };
}

function rateLimited({ rateLimited: runs }: Figures): Goal {
  const ratios = runs.map(({ seconds, allowed }) => seconds / allowed);
  const value = ratios.length === 0 ? undefined : median(ratios);
  return {
    what: `${titles.up} under a rate limit`,
    wanted: `no failure, at most ${rateLimitLimit.toFixed(2)} of what the limit allows`,
    measured:
      value === undefined
        ? undefined
        : `no failure, ${describeRatio({ value, least: Math.min(...ratios), greatest: Math.max(...ratios) })}`,
    met: value === undefined ? undefined : value <= rateLimitLimit,
  };
}

function loading({ loading: all }: Figures): Goal[] {
  const found = all.find(({ module }) => !module.includes("/"));
  const goal = (key: "milliseconds" | "megabytes", unit: string): Goal => ({
    what: "loading the package",
    wanted: `at most ${loadingLimit[key]} ${unit}`,
    measured: found && `${found[key].toFixed(1)} ${unit}`,
    met: found && found[key] <= loadingLimit[key],
  });
  return [goal("milliseconds", "ms"), goal("megabytes", "MB")];
}

/** `1.04 (0.99 to 1.08)`. */
export function describeRatio({ value, least, greatest }: Ratio, digits = 2): string {
  return `${value.toFixed(digits)} (${least.toFixed(2)} to ${greatest.toFixed(2)})`;
}
