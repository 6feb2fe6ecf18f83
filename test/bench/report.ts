import { type Figures, middle } from "./figures.js";
import { describeRatio, goals, sum, tooSlow } from "./goals.js";
import {
  type Measurement,
  type Operation,
  operations,
  type Role,
  roles,
  type Side,
  sides,
  titles,
} from "./measurement.js";
import { median } from "./statistics.js";
import { megabytes, seconds, size, table } from "./tables.js";

/** The text that `npm run bench` writes into the document. */
export function report(figures: Figures, machine: string): string {
  const tokens = shown(figures);
  return [
    goalTable(figures),
    ...excess(figures),
    ...(figures.operations.length === 0
      ? []
      : [
          "### Wall time",
          `The median of ${roundsOf(figures)}; in brackets after the ratio to the floor, the least and the greatest of the rounds' own.`,
          wallTable(figures),
        ]),
    ...(tokens === undefined
      ? []
      : [
          `### Where it goes: ${tokens} tokens`,
          "CPU time, peak memory, and the state after the command.",
          usageTable(figures, tokens),
          share(figures, tokens),
          `### Requests: ${tokens} tokens of ${figures.of("ours", "up", tokens)[0]?.owners} projects`,
          requestTable(figures, tokens),
        ]),
    ...loading(figures),
    ...rateLimited(figures),
    machine,
  ].join("\n\n");
}

/** The largest stack that every measured side has. */
export function shown(figures: Figures): number | undefined {
  const present = presentSides(figures);
  return figures
    .tokens()
    .findLast((tokens) => present.every((side) => figures.seconds(side, "up", tokens) !== undefined));
}

function presentSides(figures: Figures): Side[] {
  return sides.filter((side) => figures.operations.some((each) => each.side === side));
}

function roundsOf(figures: Figures): string {
  // Some sizes may have been measured more often than others.
  const sizes = figures.tokens().flatMap((tokens) =>
    figures.latencies().map((latency) => {
      const size = figures.operations.filter((each) => each.tokens === tokens && each.latency === latency);
      return new Set(size.map(({ round }) => round)).size;
    }),
  );
  const counts = sizes.filter((count) => count > 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const rounds = least === most ? `${most}` : `${least} to ${most}`;
  const [parallel] = figures.operations.map((each) => each.parallel);
  const repeated = Math.max(...figures.operations.map(({ repetition = 1 }) => repetition));
  const times =
    repeated === 1 ? "" : `, in some of which what changes nothing was measured ${repeated} times`;
  return `${rounds} ${most === 1 ? "round" : "rounds"} (\`--parallel ${parallel}\`)${times}`;
}

function goalTable(figures: Figures): string {
  const rows = goals(figures).map(({ what, wanted, measured, met }) => [
    what,
    wanted,
    measured ?? "–",
    met === undefined ? "not measured" : met ? "met" : "**not met**",
  ]);
  return table(["goal", "wanted", "measured", ""], rows, 4);
}

/** Names the processes that take the time above a goal. */
function excess(figures: Figures): string[] {
  const lines = tooSlow(figures).map(({ operation, tokens }) => {
    const [ours, floor] = (["ours", "floor"] as const).map((side) => figures.of(side, operation, tokens));
    const more = (role: Role) => usage(ours ?? [], role, "cpu") - usage(floor ?? [], role, "cpu");
    const parts = roles.map((role) => `${more(role).toFixed(2)} s in the ${role}`);
    return `- ${titles[operation]}, ${tokens} tokens: CPU time beyond the floor's is ${parts.join(", ")}.`;
  });
  return lines.length === 0 ? [] : ["Where a time is above its goal:", lines.join("\n")];
}

function wallTable(figures: Figures): string {
  const present = presentSides(figures);
  const rows = figures.latencies().flatMap((latency) =>
    figures.tokens("ours", latency).flatMap((tokens) =>
      operations.flatMap((operation) => {
        const found = present.map((side) => figures.seconds(side, operation, tokens, latency));
        if (found.every((value) => value === undefined)) return [];
        const toFloor = figures.toFloor(operation, tokens, latency);
        const [ours, ...others] = found.map(seconds);
        const texts = [titles[operation], String(tokens), latency === 0 ? "none" : `${latency} ms`];
        return [[...texts, String(ours), toFloor ? describeRatio(toFloor) : "–", ...others]];
      }),
    ),
  );
  const [ours, ...others] = present;
  return table(["command", "tokens", "latency", String(ours), "ours / floor", ...others], rows);
}

function usageTable(figures: Figures, tokens: number): string {
  const rows = operations.flatMap((operation) =>
    presentSides(figures).flatMap((side) => {
      const all = figures.of(side, operation, tokens);
      if (all.length === 0) return [];
      const cpu = roles.map((role) => usage(all, role, "cpu"));
      const memory = roles.map((role) => usage(all, role, "memory"));
      return [
        [
          titles[operation],
          side,
          ...cpu.map((value) => (value === 0 ? "–" : seconds(value))),
          ...memory.map(megabytes),
          size(middle(stateSizes(all), (bytes) => bytes)),
          size(middle(perToken(all), (bytes) => bytes)),
        ],
      ];
    }),
  );
  const head = [
    "command",
    "side",
    ...roles.map((role) => `CPU: ${role}`),
    ...roles.map((role) => `memory: ${role}`),
  ];
  return table([...head, "state", "a token's"], rows, 2);
}

function usage(all: readonly Measurement[], role: Role, key: "cpu" | "memory"): number {
  return median(all.map(({ usage: used }) => used[role][key]));
}

const stateSizes = (all: readonly Measurement[]) => all.flatMap(({ state }) => state?.bytes ?? []);
const perToken = (all: readonly Measurement[]) => all.flatMap(({ state }) => state?.perToken ?? []);

/** A sentence about each process's share of a command's CPU time. */
function share(figures: Figures, tokens: number): string {
  return (["up", "no-change up"] as const satisfies Operation[])
    .flatMap((operation) => {
      const all = figures.of("ours", operation, tokens);
      if (all.length === 0) return [];
      const cpu = roles.map((role) => ({ role, used: usage(all, role, "cpu") }));
      const whole = cpu.reduce((total, { used }) => total + used, 0);
      const parts = cpu.map(({ role, used }) => `${Math.round((used / whole) * 100)} % the ${role}'s`);
      return [`Of the ${seconds(whole)} of CPU time of ${titles[operation]}, ${parts.join(", ")}.`];
    })
    .join("\n");
}

function requestTable(figures: Figures, tokens: number): string {
  const rows = operations.flatMap((operation) =>
    presentSides(figures).flatMap((side) => {
      const all = figures.of(side, operation, tokens);
      const most = all.reduce<Measurement | undefined>(
        (found, each) => (found === undefined || sum(each) > sum(found) ? each : found),
        undefined,
      );
      if (most === undefined || side === "floor") return [];
      const kinds = Object.entries(most.requests).map(([what, count]) => `${count} × \`${what}\``);
      return [[titles[operation], side, kinds.join(", ") || "none", String(sum(most))]];
    }),
  );
  return table(["command", "side", "requests", "sum"], rows, 3);
}

function loading({ loading: all }: Figures): string[] {
  if (all.length === 0) return [];
  const rows = all.map(({ module, milliseconds, megabytes: memory, modules }) => [
    `\`${module}\``,
    `${milliseconds.toFixed(1)} ms`,
    `${memory.toFixed(1)} MB`,
    String(modules),
  ]);
  return [
    "### Loading",
    `What a process that has loaded \`@pulumi/pulumi\` takes to load the package: a program, and the provider; and the HTTP library, which the provider loads at its first request. Medians of ${all[0]?.processes} processes.`,
    table(["module", "time", "memory", "modules"], rows),
  ];
}

function rateLimited({ rateLimited: runs }: Figures): string[] {
  const [any] = runs;
  if (any === undefined) return [];
  const { limit, period, tokens, accepted } = any;
  const rows = runs.map(({ round, seconds: took, allowed, refused }) => [
    String(round),
    seconds(took),
    seconds(allowed),
    (took / allowed).toFixed(2),
    String(refused),
  ]);
  return [
    "### Under a rate limit",
    `A first \`up\` of ${tokens} tokens, ${accepted} requests, where GitLab answers ${limit} in each period of ${period} s and refuses the others by 429: 2,000 a minute scaled down, so that it is the limit that counts. What the limit allows is the time from the command's start to the beginning of the period in which the last request may be sent.`,
    table(["round", "wall", "allowed", "ratio", "refused"], rows),
  ];
}
