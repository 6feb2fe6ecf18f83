import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { dirname, join, relative } from "node:path";
import { cacheFolder } from "../engine/cache.js";
import { findCli } from "../engine/cli.js";
import { installPackage, newestSdk, pack } from "../engine/package-install.js";
import type { Engine } from "../engine/setup.js";
import { compileCacheReport } from "./compile-cache.js";
import { assertSection, documentFile, machine, writeSection } from "./document.js";
import { Figures } from "./figures.js";
import { startGitLab } from "./gitlab.js";
import { measureLoading } from "./loading.js";
import { type Figure, type Side, sides } from "./measurement.js";
import { profileReport } from "./profile.js";
import { createStack, type Official, shapeOf, type Tools } from "./programs.js";
import { measureRateLimited } from "./rate-limit.js";
import { report } from "./report.js";
import { isMeasured, measureTurn, ownersOf, plan } from "./rounds.js";

export interface BenchOptions {
  readonly tokens: readonly number[];
  readonly rounds: number;
  readonly repeat: number;
  readonly latencies: readonly number[];
  readonly parallel: number;
  readonly only?: readonly string[];
  readonly continue?: string;
  readonly official: Official | undefined;
  readonly compileCache?: boolean;
  readonly profile?: boolean;
}

/** Beyond this size, Pulumi would write the state of `usual` for hours. */
const usualUpTo = 200;
const rateLimitedTokens = 200;
const command = "npm run bench";

const say = (line: string) => void process.stderr.write(`${line}\n`);

class Stopped extends Error {}

/** Measures, writes the document and returns the exit code. A file keeps each figure as soon as it is measured. */
export async function bench(options: BenchOptions): Promise<number> {
  let stopping = false;
  process.on("SIGINT", () => {
    if (!stopping) say("Stopping after what runs now ...");
    stopping = true;
  });
  if (options.compileCache || options.profile) return benchApart(options);
  assertSection(command);
  const engine = await prepare();
  const file =
    options.continue ?? join(cacheFolder, "bench", `${new Date().toISOString().slice(0, 19)}.jsonl`);
  const figures = readFigures(file, engine, options.parallel);
  const tell = (figure: Figure) => {
    figures.push(figure);
    appendFileSync(file, `${JSON.stringify(figure)}\n`);
    say(`  ${describe(figure)}`);
    if (stopping) throw new Stopped();
  };
  try {
    await measure(options, engine, figures, tell);
  } catch (error) {
    process.stdout.write(`${report(new Figures(figures), machine())}\n`);
    say(`The document was not written. The figures are kept; to go on: --continue ${file}`);
    if (stopping) return 130;
    throw error;
  }
  await write(new Figures(figures));
  say(`Figures: ${file}`);
  return 0;
}

/** Runs a measurement that has its own section in the document. */
async function benchApart({ compileCache, parallel, rounds }: BenchOptions): Promise<number> {
  const title = `${command} -- ${compileCache ? "--compile-cache" : "--profile"}`;
  assertSection(title);
  const engine = await prepare();
  const tools = { engine, official: undefined, shape: compileCache ? "" : await firstRow(engine) };
  const text = compileCache
    ? await compileCacheReport(tools, rounds, say)
    : await profileReport(tools, parallel, rounds);
  const [load] = loadavg();
  const section = `${text}\n\n${machine()} Load of the machine at the end: ${load?.toFixed(0)}.`;
  process.stdout.write(`${section}\n`);
  await writeSection(title, section);
  return 0;
}

async function prepare(): Promise<Engine> {
  const cli = await findCli(say);
  say(`Pulumi ${cli.version} (${cli.source}). Building, packing and installing the package ...`);
  const packed = await pack();
  return { cli, packed, installed: await installPackage(packed, newestSdk, say) };
}

function readFigures(file: string, { packed }: Engine, parallel: number): Figure[] {
  mkdirSync(dirname(file), { recursive: true });
  const tarball = { kind: "tarball", bytes: packed.size, hash: packed.hash } as const;
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify(tarball)}\n`);
    return [tarball];
  }
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const figures = lines.map((line) => JSON.parse(line) as Figure);
  const other = figures.find((figure) => figure.kind === "tarball" && figure.hash !== packed.hash);
  if (other !== undefined) throw new Error(`${file} has the figures of another build of the package`);
  if (figures.some((figure) => "parallel" in figure && figure.parallel !== parallel)) {
    throw new Error(`${file} has figures of another --parallel than ${parallel}`);
  }
  return figures;
}

async function measure(
  options: BenchOptions,
  engine: Engine,
  figures: readonly Figure[],
  tell: (figure: Figure) => void,
): Promise<void> {
  const wants = (name: string) => options.only?.includes(name) ?? true;
  const has = (kind: Figure["kind"], round?: number) =>
    figures.some(
      (each) => each.kind === kind && (round === undefined || ("round" in each && each.round === round)),
    );
  const { official, parallel } = options;
  const shape = await firstRow(engine);
  const tools: Tools = { engine, official, shape };
  if (wants("loading") && !has("loading")) {
    say("Loading the package ...");
    for (const figure of await measureLoading(engine)) tell(figure);
  }
  const turns = plan({ ...options, sides: sidesOf(options), usualUpTo });
  for (const [index, turn] of turns.entries()) {
    if (turn.sides.length === 0 || isMeasured(turn, figures)) continue;
    const { scenario, round } = turn;
    say(
      `Round ${round} of ${options.rounds}: ${scenario.tokens} tokens, ${scenario.latency} ms (${index + 1} of ${turns.length})`,
    );
    await measureTurn(turn, tools, tell);
  }
  if (!wants("rate-limit")) return;
  for (let round = 1; round <= options.rounds; round++) {
    if (has("rate limit", round)) continue;
    say(`Round ${round} of ${options.rounds}: under a rate limit`);
    const tokens = Math.min(rateLimitedTokens, Math.max(...options.tokens));
    const scenario = { tokens, owners: ownersOf(tokens), latency: 0, parallel };
    tell(await measureRateLimited(tools, scenario, round));
  }
}

/** The sides to measure; `official` only if the machine has that provider. */
function sidesOf({ only, official }: BenchOptions): Side[] {
  return sides.filter(
    (side) => (only?.includes(side) ?? true) && (side !== "official" || official !== undefined),
  );
}

/** Creates the resource that the floor returns. This first run of the CLI also pays for cold caches. */
async function firstRow(engine: Engine): Promise<string> {
  const scenario = { tokens: 1, owners: 1, latency: 0, parallel: 1 };
  const gitlab = await startGitLab(["ours"], scenario);
  try {
    const stack = await createStack("ours", { engine, official: undefined, shape: "" }, scenario, gitlab.url);
    try {
      return await shapeOf(stack);
    } finally {
      stack.dispose();
    }
  } finally {
    await gitlab.close();
  }
}

async function write(figures: Figures): Promise<void> {
  const text = report(figures, machine());
  process.stdout.write(`${text}\n`);
  if (figures.operations.length === 0) {
    say("No command was measured: the document is left as it is.");
    return;
  }
  await writeSection(command, text);
  say(`Written: ${relative(process.cwd(), documentFile)}`);
}

function describe(figure: Figure): string {
  switch (figure.kind) {
    case "operation":
      return `${figure.side}, ${figure.operation}: ${figure.seconds.toFixed(2)} s`;
    case "rate limit":
      return `${figure.seconds.toFixed(1)} s, allowed ${figure.allowed.toFixed(1)} s`;
    case "loading":
      return `${figure.module}: ${figure.milliseconds.toFixed(1)} ms, ${figure.megabytes.toFixed(1)} MB`;
    case "tarball":
      return `${figure.bytes} bytes`;
  }
}
