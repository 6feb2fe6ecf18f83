import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inParallel } from "../../provider/cli/in-parallel.js";
import { cacheFolder } from "../engine/cache.js";
import { findCli } from "../engine/cli.js";
import { exitAfter } from "../engine/exit.js";
import { nodeFolder } from "../engine/node.js";
import { pack } from "../engine/package-install.js";
import { attempt, type Outcome } from "./attempt.js";
import { type Cell, everything, useNewestSdk } from "./cells.js";
import { document, render, write } from "./table.js";
import { managerFile } from "./tools.js";

const help = `npm run test:matrix [-- OPTIONS]

Tries the packed package on Node.js 20, 22 and 24, with the oldest and the newest @pulumi/pulumi, with npm, pnpm and
yarn, and with CommonJS, ES-module and TypeScript programs. Each cell is a new folder, an installation, and a stack's
life (up, up again, destroy) on the real Pulumi CLI against the emulator of GitLab. Prints the table, and
writes it into ${document}.

  --only WORDS    only the cells whose name has all of these words, as in --only "node-22 pnpm"; may be repeated, for
                  more cells; the document stays as it is
  --list          print the cells' names and end
  --resume        keep what worked when the same package was tried before, as after an interruption
  --parallel N    number of cells at a time; default 2

Progress is written to standard error. The exit code is 0 where no cell fails, 1 where one does.
`;

const say = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", multiple: true },
      list: { type: "boolean" },
      resume: { type: "boolean", default: false },
      parallel: { type: "string", default: "2" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const parallel = Number(values.parallel);
  if (!Number.isInteger(parallel) || parallel < 1) throw new Error("--parallel takes a number of at least 1");
  useNewestSdk(execFileSync("npm", ["view", "@pulumi/pulumi", "version"], { encoding: "utf8" }).trim());
  const cells = chosen(everything(), values.only);
  if (values.list) {
    process.stdout.write(cells.map(({ name }) => `${name}\n`).join(""));
    return 0;
  }
  const cli = await findCli(say);
  const packed = await pack();
  await fetchTools(cells);

  // Ctrl-C ends the running commands. The run still cleans up and begins no further cell.
  let interrupted = false;
  process.on("SIGINT", () => {
    interrupted = true;
  });
  const record = join(cacheFolder, `matrix-${packed.hash}-${cli.version}.json`);
  const recorded = new Map(read(record));
  const outcomes = new Map(values.resume ? worked(recorded, cells) : []);
  const rest = cells.filter(({ name }) => !outcomes.has(name));
  await inParallel(rest, parallel, async (cell) => {
    if (interrupted) return;
    const started = Date.now();
    const outcome = await attempt(cell, { cli, packed });
    if (interrupted) return;
    outcomes.set(cell.name, outcome);
    writeFileSync(record, JSON.stringify([...recorded.set(cell.name, outcome)]));
    tell(cell, outcome, `${outcomes.size}/${cells.length}`, Date.now() - started);
  });
  const text = render(outcomes, cli.version);
  process.stdout.write(`${text}\n`);
  if (!interrupted && values.only === undefined) await write(text);
  const failed = [...outcomes.values()].some(({ kind }) => kind === "fails");
  return failed || interrupted ? 1 : 0;
}

/** The results of earlier runs with the same package. */
function read(record: string): [string, Outcome][] {
  return existsSync(record) ? (JSON.parse(readFileSync(record, "utf8")) as [string, Outcome][]) : [];
}

function worked(recorded: ReadonlyMap<string, Outcome>, cells: readonly Cell[]): [string, Outcome][] {
  const wanted = new Set(cells.map(({ name }) => name));
  return [...recorded].filter(([name, { kind }]) => kind === "works" && wanted.has(name));
}

function chosen(all: readonly Cell[], only: readonly string[] | undefined): Cell[] {
  if (only === undefined) return [...all];
  const matches = (name: string, words: string) =>
    words.split(/\s+/).every((word) => name.split(" ").some((part) => part.startsWith(word)));
  const cells = all.filter(({ name }) => only.some((words) => matches(name, words)));
  if (cells.length === 0)
    throw new Error(`No cell has all the words of --only ${only.join(", ")}; see --list`);
  return cells;
}

/** Downloads one after another before the cells start. Parallel downloads of the same files are not faster. */
async function fetchTools(cells: readonly Cell[]): Promise<void> {
  say("Fetching Node.js and the package managers, unless they are in the cache ...");
  for (const { node, manager } of cells) {
    await nodeFolder(node.version);
    await managerFile(manager, node);
  }
}

function tell(
  { name }: Cell,
  { kind, note, details }: Outcome,
  progress: string,
  milliseconds: number,
): void {
  const seconds = Math.round(milliseconds / 1000);
  say(`${progress} ${kind}: ${name} (${seconds} s)${note === undefined ? "" : `: ${note}`}`);
  if (details !== undefined) say(details.replaceAll(/^/gm, "    "));
}

exitAfter(main(), 2);
