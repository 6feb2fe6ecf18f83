import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGitLab } from "./gitlab.js";
import type { Operation } from "./measurement.js";
import { titles } from "./measurement.js";
import type { Tools } from "./programs.js";
import { PulumiSubject } from "./pulumi-subject.js";
import { ownersOf } from "./rounds.js";
import { median } from "./statistics.js";
import { table } from "./tables.js";

/** Commands that take longer than the floor in the table of wall times. */
const cases: readonly (readonly [Operation, tokens: number])[] = [
  ["refresh", 100],
  ["refresh", 500],
  ["destroy", 200],
];
const sides = ["floor", "ours"] as const;
type ProfiledSide = (typeof sides)[number];

const parts = {
  package: "this package",
  http: "the HTTP library",
  loading: "loading modules",
  sdk: "Pulumi's SDK",
  node: "Node.js",
} as const;
type Part = keyof typeof parts;
type Shares = Readonly<Record<Part, number>>;

/** The package of a source file; undefined for Node.js itself. */
function partOf(url: string): Part | undefined {
  if (url === "" || url.startsWith("node:")) return undefined;
  // The floor's package has a name of the same length. The folders above may have the name too.
  const [, name = ""] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (/^(?:pulumi-gitlab-deploy-tokens|x{6}-x{6}-x{6}-x{6})$/.test(name)) return "package";
  return /^(?:axios|axios-retry|follow-redirects|form-data|is-retry-allowed|proxy-from-env|.*-agent)$/.test(
    name,
  )
    ? "http"
    : "sdk";
}

/** Milliseconds by part. The time of Node.js counts for its caller; loading modules is a part of its own. */
export function sharesOf(profiles: readonly Profiler.Profile[]): {
  shares: Shares;
  functions: ReadonlyMap<string, number>;
} {
  const shares: Record<Part, number> = { package: 0, http: 0, loading: 0, sdk: 0, node: 0 };
  const functions = new Map<string, number>();
  for (const { nodes, samples = [], timeDeltas = [] } of profiles) {
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
    for (const [index, id] of samples.entries()) {
      const milliseconds = (timeDeltas[index + 1] ?? 0) / 1_000;
      if (byId.get(id)?.callFrame.functionName === "(idle)") continue;
      let part: Part = "node";
      let isLoading = false;
      for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
        const { url = "", functionName = "" } = byId.get(at)?.callFrame ?? {};
        isLoading ||= url.startsWith("node:internal/modules/");
        const found = partOf(url);
        if (found === undefined) continue;
        part = isLoading ? "loading" : found;
        const name = `${functionName || "(anonymous)"} in ${url.slice(url.lastIndexOf("/dist/") + 6)}`;
        if (part === "package") functions.set(name, (functions.get(name) ?? 0) + milliseconds);
        break;
      }
      shares[part] += milliseconds;
    }
  }
  return { shares, functions };
}

/** Writes a table for each case, and this package's functions that take the most time. */
export async function profileReport(tools: Tools, parallel: number, rounds: number): Promise<string> {
  const sections: string[] = [];
  for (const [operation, tokens] of cases) {
    const found: Record<ProfiledSide, ReturnType<typeof sharesOf>[]> = { floor: [], ours: [] };
    for (let round = 0; round < rounds; round++)
      for (const side of sides) found[side].push(await profiled(tools, side, operation, tokens, parallel));
    const of = (side: ProfiledSide, part: Part) => median(found[side].map(({ shares }) => shares[part]));
    const rows = (Object.keys(parts) as Part[]).map((part) => [
      parts[part],
      ...sides.map((side) => `${of(side, part).toFixed(0)} ms`),
      `${(of("ours", part) - of("floor", part)).toFixed(0)} ms`,
    ]);
    const most = [...(found.ours.at(-1)?.functions ?? [])].sort(([, a], [, b]) => b - a).slice(0, 5);
    sections.push(
      `CPU time of the provider's process in ${titles[operation]} of ${tokens} tokens, by whose code it is; medians of ${rounds}:`,
      table(["", ...sides, "difference"], rows),
      `This package's functions with the most: ${most.map(([name, time]) => `\`${name}\` ${time.toFixed(0)} ms`).join(", ")}.`,
    );
  }
  return sections.join("\n\n");
}

async function profiled(
  tools: Tools,
  side: ProfiledSide,
  operation: Operation,
  tokens: number,
  parallel: number,
): Promise<ReturnType<typeof sharesOf>> {
  const scenario = { tokens, owners: ownersOf(tokens), latency: 0, parallel };
  const folder = mkdtempSync(join(tmpdir(), "profile-"));
  const file = join(folder, "profiles.jsonl");
  const gitlab = await startGitLab([side], scenario);
  const subject = await PulumiSubject.create(side, tools, scenario, gitlab);
  try {
    await subject.perform("up");
    await subject.perform(operation, {
      NODE_OPTIONS: `--require ${join(__dirname, "profile.cjs")}`,
      BENCH_PROFILE: file,
    });
    const lines = readFileSync(file, "utf8").trim().split("\n");
    return sharesOf(lines.map((line) => JSON.parse(line) as Profiler.Profile));
  } finally {
    subject.dispose();
    await gitlab.close();
    rmSync(folder, { recursive: true });
  }
}
