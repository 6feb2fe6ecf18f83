import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { runOrThrow } from "../engine/command.js";

/**
 * What loading the package adds to a program that loaded Pulumi's SDK: `npm run bench:load`, after `npm run build`.
 * Each measurement is a process of its own; the program's half and the provider's half take turns.
 */
const root = resolve(__dirname, "..", "..");
const rounds = Number(process.env["ROUNDS"] ?? 25);
const halves = {
  "a program: `pulumi-gitlab-deploy-tokens`": "index.js",
  "the provider's process: `pulumi-gitlab-deploy-tokens/lifecycle`": "lifecycle/index.js",
} as const;

interface Cost {
  readonly modules: number;
  readonly wall: number;
  readonly cpu: number;
  readonly heap: number;
  readonly resident: number;
}

const measure = (file: string) => `
require("@pulumi/pulumi");
const before = new Set(Object.keys(require.cache));
gc();
const memory = process.memoryUsage();
const cpu = process.cpuUsage();
const start = process.hrtime.bigint();
require(${JSON.stringify(file)});
const wall = Number(process.hrtime.bigint() - start) / 1e6;
const { user, system } = process.cpuUsage(cpu);
gc();
const after = process.memoryUsage();
console.log(JSON.stringify({
  modules: Object.keys(require.cache).filter((each) => !before.has(each)).length,
  wall,
  cpu: (user + system) / 1e3,
  heap: (after.heapUsed - memory.heapUsed) / 1e6,
  resident: (after.rss - memory.rss) / 1e6,
}));`;

async function main(): Promise<void> {
  const found = new Map<string, Cost[]>(Object.keys(halves).map((half) => [half, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [half, file] of Object.entries(halves)) {
      const script = measure(join(root, "dist", file));
      const { stdout } = await runOrThrow(process.execPath, ["--expose-gc", "-e", script], { cwd: root });
      found.get(half)?.push(JSON.parse(stdout) as Cost);
    }
  }
  const rows = [...found].map(([half, costs]) => {
    const of = (key: keyof Cost, unit: string) => {
      const sorted = costs.map((cost) => cost[key]).sort((a, b) => a - b);
      const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? 0).toFixed(1);
      return `${at(0.5)} ${unit} (${at(0.25)} to ${at(0.75)})`;
    };
    return `| ${half} | ${costs[0]?.modules} | ${of("wall", "ms")} | ${of("cpu", "ms")} | ${of("heap", "MB")} | ${of("resident", "MB")} |`;
  });
  const table = [
    "| | modules | time | CPU | heap | resident |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...rows,
  ].join("\n");
  process.stdout.write(`${table}\n`);
  write(
    `${table}\n\nMedian (and quartiles) of ${rounds} processes each; Node.js ${process.versions.node}, ${cpus().length} cores, ${new Date().toISOString().slice(0, 10)}.`,
  );
  await runOrThrow("npx", ["biome", "format", "--write", "docs/performance.md"], { cwd: root });
}

/** Between its marks, so that what other commands wrote stays. */
function write(text: string): void {
  const file = join(root, "docs", "performance.md");
  const [begin, end] = ["<!-- npm run bench:load -->", "<!-- end -->"];
  const document = readFileSync(file, "utf8");
  const at = document.indexOf(begin);
  if (at < 0) throw new Error(`${file} has no line ${begin}`);
  writeFileSync(
    file,
    `${document.slice(0, at)}${begin}\n\n${text}\n\n${document.slice(document.indexOf(end, at))}`,
  );
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
