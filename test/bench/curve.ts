import { type Figures, middle } from "./figures.js";
import { sum } from "./goals.js";
import { operations, roles, titles } from "./measurement.js";
import { megabytes, seconds, size, table } from "./tables.js";

/** Longer than this, a person no longer waits for a first `up`. */
const patience = 60;

export interface Point {
  readonly tokens: number;
  readonly seconds: number;
}

const smallest = 100;

/** What `npm run bench -- --scale` writes into the document. */
export function curve(figures: Figures, machine: string): string {
  const counts = scaleTokens(figures);
  const present = operations.filter((operation) =>
    counts.some((tokens) => figures.seconds("ours", operation, tokens) !== undefined),
  );
  const rows = counts.map((tokens) => {
    const up = figures.of("ours", "up", tokens);
    const refresh = middle(figures.of("ours", "refresh", tokens), (each) => sum(each));
    return [
      String(tokens),
      ...present.map((operation) => seconds(figures.seconds("ours", operation, tokens))),
      ...roles.map((role) => megabytes(middle(up, ({ usage }) => usage[role].memory))),
      size(middle(up, ({ state }) => state?.bytes ?? 0)),
      `${middle(up, (each) => sum(each)) ?? "–"} / ${refresh ?? "–"}`,
    ];
  });
  const head = [
    "tokens",
    ...present.map((operation) => titles[operation]),
    ...roles.map((role) => `memory: ${role}`),
    "state",
    "requests: up / refresh",
  ];
  return [
    table(head, rows, 0),
    "![Wall time of each command by the number of tokens in one stack](performance-scale.svg)",
    sentence(figures),
    machine,
  ].join("\n\n");
}

export function scaleTokens(figures: Figures): number[] {
  return figures.tokens().filter((tokens) => tokens >= smallest);
}

/** Where one stack stops being sensible, in words. */
function sentence(figures: Figures): string {
  const counts = scaleTokens(figures);
  const points = counts.flatMap((tokens) => {
    const found = figures.seconds("ours", "up", tokens);
    return found === undefined ? [] : [{ tokens, seconds: found }];
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last)
    return "Too few sizes were measured for a curve.";
  const each = ({ tokens, seconds: took }: Point) => `${Math.round((took / tokens) * 1000)} ms`;
  const end = reaches(points, patience);
  const floor = figures.seconds("floor", "up", last.tokens);
  const engine = middle(figures.of("ours", "up", last.tokens), ({ usage }) => usage.engine.cpu);
  const whole = middle(figures.of("ours", "up", last.tokens), ({ usage }) =>
    roles.reduce((total, role) => total + usage[role].cpu, 0),
  );
  return [
    `A token of a first \`up\` takes ${each(first)} in a stack of ${first.tokens} and ${each(last)} in one of ${last.tokens}: between the two largest sizes, the time grows with the power ${growth(points).toFixed(1)} of the number of tokens.`,
    ...(engine !== undefined && whole !== undefined
      ? [
          `At ${last.tokens}, ${Math.round((engine / whole) * 100)} % of the CPU time is the engine's, which writes the whole state at each step${floor === undefined ? "" : `; the floor takes ${seconds(floor)} there`}.`,
        ]
      : []),
    end === undefined
      ? `A first \`up\` stays below ${patience} s at every size measured.`
      : `A first \`up\` takes longer than ${patience} s from about ${end} tokens on: that is where one stack stops being sensible, and several stacks begin.`,
  ].join("\n");
}

/** At how many tokens a time is reached, between the sizes measured, on a line in the logarithms. */
export function reaches(points: readonly Point[], limit: number): number | undefined {
  for (const [index, to] of points.entries()) {
    const from = points[index - 1];
    if (to.seconds < limit) continue;
    if (from === undefined) return to.tokens;
    const part = Math.log(limit / from.seconds) / Math.log(to.seconds / from.seconds);
    const tokens = from.tokens * (to.tokens / from.tokens) ** part;
    return Math.round(tokens / 10) * 10;
  }
  return undefined;
}

/** With which power of the tokens the time grows between the two largest sizes. */
export function growth(points: readonly Point[]): number {
  const [from, to] = points.slice(-2);
  if (from === undefined || to === undefined) throw new RangeError("two sizes are needed");
  return Math.log(to.seconds / from.seconds) / Math.log(to.tokens / from.tokens);
}
