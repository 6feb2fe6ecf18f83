import { readdirSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { FleetDeclaration } from "../../examples/fleet/declaration.js";
import type { Seed } from "../../provider/testing/index.js";
import { findCli } from "../engine/cli.js";
import { Fleet } from "../engine/fleet.js";
import { installPackage, newestSdk, pack } from "../engine/package-install.js";
import { startPostgres } from "../engine/postgres.js";
import type { Engine } from "../engine/setup.js";
import { documentFile, machine, writeSection } from "./document.js";
import { type EmulatorProcess, startEmulator } from "./emulator.js";
import { type FleetMeasurement, fleetTable, onPaper } from "./fleet-report.js";
import { watchMemory } from "./memory.js";

const help = `npm run bench:fleet [-- --full] [--backend file|postgres] [--parallel-stacks N]

examples/fleet with 500 deploy tokens in 5 stacks, on both backends: first up, up without a change, refresh,
destroy. Prints a table and writes it to docs/performance.md.

  --full   10,000 in 50 stacks
`;
const token = "glpat-bench-0000000001";
const perOwner = 10;
const say = (line: string) => void process.stderr.write(`${line}\n`);

interface Size {
  readonly stacks: number;
  readonly perStack: number;
}

interface Backend {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Bytes of all states. */
  size(fleet: Fleet): number;
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: {
      full: { type: "boolean", default: false },
      backend: text,
      "parallel-stacks": { ...text, default: "4" },
      help: { type: "boolean" },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const size = values.full ? { stacks: 50, perStack: 200 } : { stacks: 5, perStack: 100 };
  const cli = await findCli(say);
  const packed = await pack();
  const engine = { cli, packed, installed: await installPackage(packed, newestSdk, say) };
  const emulator = await startEmulator(seed(size));
  const measurements: FleetMeasurement[] = [];
  const title = `npm run bench:fleet${values.full ? " -- --full" : ""}`;
  const report = async (measurement: FleetMeasurement) => {
    measurements.push(measurement);
    say(fleetTable([measurement]));
    // After each: a run that is ended early has written what it measured.
    await writeSection(documentFile, title, `${fleetTable(measurements)}\n\n${machine()}`);
  };
  try {
    for (const name of values.backend === undefined ? ["file", "postgres"] : [values.backend]) {
      await withBackend(name, (backend) =>
        measureBackend(engine, emulator, backend, size, values["parallel-stacks"], report),
      );
    }
    if (!values.full) await writeSection(documentFile, `${title}, on paper`, onPaper(measurements));
  } finally {
    await emulator.close();
  }
  process.stdout.write(`${fleetTable(measurements)}\n`);
}

async function withBackend(name: string, work: (backend: Backend) => Promise<void>): Promise<void> {
  if (name === "file") {
    return work({
      name: "`file://`",
      env: {},
      size: ({ stateFolder }) => {
        const folder = join(stateFolder, ".pulumi", "stacks", "fleet");
        const states = readdirSync(folder).filter((file) => file.endsWith(".json"));
        return states.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
      },
    });
  }
  const postgres = await startPostgres();
  const sum = "SELECT sum(octet_length(data->>'data')) * 3 / 4 FROM pulumi_state";
  const stored = `${sum} WHERE key LIKE '%.pulumi/stacks/%.json'`;
  try {
    await work({
      name: "PostgreSQL",
      env: { PULUMI_BACKEND_URL: postgres.url },
      size: () => Number(postgres.query(stored)),
    });
  } finally {
    await postgres.close();
  }
}

async function measureBackend(
  engine: Engine,
  emulator: EmulatorProcess,
  backend: Backend,
  size: Size,
  parallelStacks: string,
  report: (measurement: FleetMeasurement) => Promise<void>,
): Promise<void> {
  const connection = { GITLAB_BASE_URL: emulator.url, GITLAB_TOKEN: token };
  const fleet = new Fleet(engine, { ...connection, ...backend.env });
  fleet.declare(declaration(size));
  try {
    for (const [title, command] of [
      ["first `up`", "up"],
      ["`up` without a change", "up"],
      ["`refresh`", "refresh"],
      ["`destroy`", "destroy --yes"],
    ] as const) {
      say(`${backend.name} ${title} ...`);
      const took = await measured(fleet, command, parallelStacks, emulator);
      await report({
        backend: backend.name,
        command: title,
        tokens: size.stacks * size.perStack,
        stacks: size.stacks,
        stacksAtATime: Number(parallelStacks),
        ...took,
        states: backend.size(fleet),
      });
    }
  } finally {
    fleet.dispose();
  }
}

async function measured(
  fleet: Fleet,
  command: string,
  parallelStacks: string,
  emulator: EmulatorProcess,
): Promise<Omit<FleetMeasurement, "backend" | "command" | "tokens" | "stacks" | "stacksAtATime" | "states">> {
  await emulator.traffic();
  const started = process.hrtime.bigint();
  const run = fleet.start([...command.split(" "), "--parallel-stacks", parallelStacks], {
    node: ["--require", join(__dirname, "tree-usage.cjs")],
  });
  const memory = watchMemory(Number(run.process.pid));
  const { code } = await run.ended;
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const peak = memory.stop();
  if (code !== 0) throw new Error(run.output());
  const usage = JSON.parse(/^usage (.+)$/m.exec(run.output())?.[1] ?? "") as {
    own: number;
    children: number;
  };
  const counts = Object.entries((await emulator.traffic()).counts);
  const of = (method: string) =>
    counts.filter(([what]) => what.startsWith(`${method} `)).reduce((sum, [, count]) => sum + count, 0);
  say(`  ${peak.processes} processes at most`);
  return {
    seconds,
    load: loadavg()[0] ?? 0,
    cpu: usage.own + usage.children,
    memory: peak.all,
    engineMemory: peak.engine,
    requests: { POST: of("POST"), GET: of("GET"), DELETE: of("DELETE") },
  };
}

function ownersOf(team: number, { perStack }: Size): string[] {
  return Array.from(
    { length: Math.ceil(perStack / perOwner) },
    (_, index) => `top/team-${team}/app-${index}`,
  );
}

function declaration(size: Size): FleetDeclaration {
  const tokens = Array.from({ length: perOwner }, (_, index) => ({
    name: `token ${index}`,
    scopes: ["read_registry", "read_repository"],
  }));
  return {
    project: "fleet",
    teams: Array.from({ length: size.stacks }, (_, team) => ({
      name: `team-${team}`,
      projects: Object.fromEntries(ownersOf(team, size).map((path) => [path, tokens])),
    })),
  };
}

function seed(size: Size): Seed {
  const teams = Array.from({ length: size.stacks }, (_, team) => team);
  return {
    users: [{ username: "root", admin: true, tokens: [{ value: token }] }],
    groups: [{ path: "top" }, ...teams.map((team) => ({ path: `top/team-${team}` }))],
    projects: teams.flatMap((team) => ownersOf(team, size).map((path) => ({ path }))),
  };
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
