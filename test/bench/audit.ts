import { join, resolve } from "node:path";
import type { Seed } from "../../provider/testing/index.js";
import { run, runOrThrow } from "../engine/command.js";
import { exitAfter } from "../engine/exit.js";
import { machine, writeSection } from "./document.js";
import { type EmulatorProcess, startEmulator } from "./emulator.js";

const root = resolve(__dirname, "..", "..");
const groups = 100;
const projects = 2_000;
const tokens = 10_000;
const token = "glpat-bench-0000000001";

/** `npm run bench:audit`: the command on an instance of 10,000 deploy tokens in 2,000 projects; written to docs/performance.md. */
async function main(): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  say("Building the package ...");
  await runOrThrow("npm", ["run", "build"], { cwd: root });
  say(`Starting the emulator with ${tokens} deploy tokens in ${projects} projects ...`);
  const emulator = await startEmulator(seed());
  try {
    const rows: string[] = [];
    for (const args of [
      ["--instance", "--format", "json"],
      ["--group", "top", "--recursive", "--format", "json"],
      ["--group", "top", "--recursive", "--format", "html"],
    ]) {
      say(`audit ${args.join(" ")} ...`);
      rows.push(await measured(args, emulator));
    }
    const table = [
      "| `audit …` | deploy tokens | requests | wall | CPU | peak memory | output |",
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
      ...rows,
    ].join("\n");
    process.stdout.write(`${table}\n`);
    await writeSection("npm run bench:audit", `${table}\n\n${machine()}`);
  } finally {
    await emulator.close();
  }
}

function seed(): Seed {
  const paths = Array.from({ length: projects }, (_, index) => `top/team-${index % groups}/app-${index}`);
  return {
    users: [{ username: "root", admin: true, tokens: [{ value: token, scopes: ["read_api"] }] }],
    groups: [
      { path: "top" },
      ...Array.from({ length: groups }, (_, index) => ({ path: `top/team-${index}` })),
    ],
    projects: paths.map((path) => ({ path })),
    deployTokens: Array.from({ length: tokens }, (_, index) => ({
      project: paths[index % projects] ?? "",
      name: `token ${index}`,
      scopes: ["read_registry"],
      ...(index % 3 === 0 ? {} : { expiresAt: `20${27 + (index % 5)}-06-30` }),
    })),
  };
}

/** Runs one audit in its own process, which reports at its end what it used. */
async function measured(args: readonly string[], emulator: EmulatorProcess): Promise<string> {
  await emulator.traffic();
  const started = process.hrtime.bigint();
  const result = await run(
    process.execPath,
    [
      "--require",
      join(__dirname, "usage.cjs"),
      join(root, "dist", "cli", "main.js"),
      "audit",
      ...args,
      "--fail-on",
      "none",
      "--quiet",
    ],
    { cwd: root, env: { ...process.env, GITLAB_BASE_URL: emulator.url, GITLAB_TOKEN: token } },
  );
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (result.code !== 0) throw new Error(result.stderr);
  const { counts } = await emulator.traffic();
  const sum = Object.values(counts).reduce((a, b) => a + b, 0);
  const found = result.stdout.match(/"deployTokenId"|<tr data-owner/g)?.length ?? 0;
  if (found !== tokens) throw new Error(`${found} deploy tokens found`);
  const { cpu, memory } = JSON.parse(/usage (.+)$/m.exec(result.stderr)?.[1] ?? "") as {
    cpu: number;
    memory: number;
  };
  const kinds = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stderr.write(`  ${kinds.join(", ")}\n`);
  const size = (result.stdout.length / 1e6).toFixed(1);
  return `| \`${args.join(" ")}\` | ${found} | ${sum} | ${wall.toFixed(1)} s | ${cpu.toFixed(1)} s | ${Math.round(memory)} MB | ${size} MB |`;
}

exitAfter(main());
