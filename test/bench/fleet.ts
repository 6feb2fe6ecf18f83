import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { FleetDeclaration } from "../../examples/fleet/declaration.js";
import { findCli } from "../engine/cli.js";
import { installExamples } from "../engine/examples.js";
import { exitAfter } from "../engine/exit.js";
import { FleetFolder, seedOf } from "../engine/fleet.js";
import { node22, nodeFolder } from "../engine/node.js";
import { pack } from "../engine/package-install.js";
import { type Postgres, startPostgres } from "../engine/postgres.js";
import { Machines, type Worker } from "../engine/workers.js";
import { machine, writeSection } from "./document.js";
import { type EmulatorProcess, startEmulator } from "./emulator.js";
import { type FleetMeasurement, fleetTable, onPaper } from "./fleet-report.js";
import { watchMemory } from "./memory.js";

const help = `npm run bench:fleet [-- --full]

examples/fleet-workers on PostgreSQL with 500 deploy tokens in 5 stacks and two workers, two stacks each at a time:
first up, up without a change, refresh, destroy. Prints a table and writes it to docs/performance.md. Linux and root only.

  --full   10,000 in 50 stacks; about 25 minutes on two cores
`;
const perOwner = 10;
const workers = 2;
const stacksEach = 2;
const say = (line: string) => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const options = { full: { type: "boolean", default: false }, help: { type: "boolean" } } as const;
  const { values } = parseArgs({ options });
  if (values.help) return void process.stdout.write(help);
  const declared = values.full ? declaration(50, 200) : declaration(5, 100);
  const cli = await findCli(say);
  const packed = await pack();
  const below = await installExamples(packed, say);
  const node = await nodeFolder(node22, say);
  const emulator = await startEmulator(seedOf(declared));
  const postgres = await startPostgres();
  const env = { GITLAB_BASE_URL: emulator.url, PULUMI_BACKEND_URL: postgres.url };
  const fleet = new FleetFolder({ cli, packed, installed: below }, below, env);
  fleet.declare(declared);
  const ports = [emulator.url, postgres.url].map((url) => Number(new URL(url).port));
  const machines = await Machines.create(fleet, node, ports);
  const started: Worker[] = [];
  try {
    for (let index = 0; index < workers; index++) started.push(machines.worker(stacksEach));
    for (const { run } of started) await run.printed("ready");
    const measurements: FleetMeasurement[] = [];
    const title = `npm run bench:fleet${values.full ? " -- --full" : ""}`;
    for (const [command, args] of commandsOf(declared)) {
      say(`${command} ...`);
      const took = await measured(machines, args, started, emulator);
      measurements.push({ command, ...sizeOf(declared), ...took, states: stateBytes(postgres) });
      say(fleetTable(measurements.slice(-1)));
      // Writes after each command, so that a run that is stopped early keeps its figures.
      await writeSection(title, `${fleetTable(measurements)}\n\n${machine()}`);
    }
    if (!values.full) await writeSection(`${title}, on paper`, onPaper(measurements));
    process.stdout.write(`${fleetTable(measurements)}\n`);
  } finally {
    for (const worker of started) worker.kill();
    machines.close();
    fleet.dispose();
    await postgres.close();
    await emulator.close();
  }
}

function commandsOf({ teams }: FleetDeclaration): [string, string[]][] {
  return [
    ["first `up`", ["up"]],
    ["`up` without a change", ["up"]],
    ["`refresh`", ["refresh"]],
    ["`destroy`", ["destroy", ...teams.map(({ name }) => name)]],
  ];
}

async function measured(
  machines: Machines,
  args: readonly string[],
  started: readonly Worker[],
  emulator: EmulatorProcess,
): Promise<Pick<FleetMeasurement, "seconds" | "load" | "cpu" | "memory" | "engineMemory" | "requests">> {
  await emulator.traffic();
  const begun = process.hrtime.bigint();
  const cpu = cpuSeconds(started);
  const memory = watchMemory(started.map(({ run }) => Number(run.process.pid)));
  const run = machines.send(...args);
  const { code } = await run.ended;
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  const peak = memory.stop();
  if (code !== 0) throw new Error(run.output());
  const counts = Object.entries((await emulator.traffic()).counts);
  const of = (method: string) =>
    counts.filter(([what]) => what.startsWith(`${method} `)).reduce((sum, [, count]) => sum + count, 0);
  return {
    seconds,
    load: loadavg()[0] ?? 0,
    cpu: cpuSeconds(started) - cpu,
    memory: peak.all,
    engineMemory: peak.engine,
    requests: { POST: of("POST"), GET: of("GET"), DELETE: of("DELETE") },
  };
}

/**
 * The user and system time of the workers and of the engines that have ended; /proc counts in hundredths of a second.
 */
function cpuSeconds(started: readonly Worker[]): number {
  const ticks = started.map((worker) => {
    if (!worker.isAlive) throw new Error(`a worker ended: ${worker.run.output()}`);
    const stat = readFileSync(`/proc/${worker.processes()[0]?.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  });
  return ticks.reduce((a, b) => a + b, 0) / 100;
}

function stateBytes(postgres: Postgres): number {
  const sum = "SELECT coalesce(sum(octet_length(data->>'data')), 0) * 3 / 4 FROM pulumi_state";
  return Number(postgres.query(`${sum} WHERE key LIKE '%.pulumi/stacks/%.json'`));
}

function sizeOf({ teams }: FleetDeclaration) {
  const perTeam = Object.keys(teams[0]?.projects ?? {}).length * perOwner;
  return {
    tokens: teams.length * perTeam,
    stacks: teams.length,
    workers,
    stacksAtATime: workers * stacksEach,
  };
}

function declaration(stacks: number, perStack: number): FleetDeclaration {
  const tokens = Array.from({ length: perOwner }, (_, index) => ({
    name: `token ${index}`,
    scopes: ["read_registry", "read_repository"],
  }));
  const projects = (team: number) =>
    Array.from(
      { length: perStack / perOwner },
      (_, index) => [`acme/team-${team}/app-${index}`, tokens] as const,
    );
  return {
    teams: Array.from({ length: stacks }, (_, team) => ({
      name: `team-${team}`,
      projects: Object.fromEntries(projects(team)),
      groups: {},
    })),
  };
}

exitAfter(main());
