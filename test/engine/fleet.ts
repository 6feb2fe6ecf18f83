import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { FleetDeclaration } from "../../examples/fleet/declaration.js";
import type { Seed } from "../../provider/testing/index.js";
import { type CommandResult, run } from "./command.js";
import { programFolder } from "./program-folder.js";
import type { Engine } from "./setup.js";
import type { StateRow } from "./stack.js";

const example = resolve(__dirname, "..", "..", "examples", "fleet");
const tsx = pathToFileURL(createRequire(__filename).resolve("tsx")).href;

/** A group for each team of the example's own declaration, and the projects that it names. */
export function ownersOfFleet(): Seed {
  const { teams } = JSON.parse(readFileSync(join(example, "fleet.json"), "utf8")) as FleetDeclaration;
  return {
    groups: teams.map(({ name }) => ({ path: `acme/${name}` })),
    projects: teams.flatMap(({ projects = {} }) => Object.keys(projects).map((path) => ({ path }))),
  };
}

export interface FleetRun {
  readonly process: ChildProcess;
  /** All that was printed so far. */
  output(): string;
  readonly ended: Promise<CommandResult>;
}

export interface FleetStart {
  /** Another name: another machine, which knows nothing of this one's runs. */
  readonly machine?: string;
  /** More of Node's own options. */
  readonly node?: readonly string[];
}

/** examples/fleet beside the packed package, on a backend of its own. */
export class Fleet {
  private readonly folder: string;
  private readonly home: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly pulumi: string;
  private readonly started: ChildProcess[] = [];

  constructor(engine: Engine, env: Readonly<Record<string, string>>) {
    this.folder = programFolder(engine.installed);
    mkdirSync(dirname(this.folder), { recursive: true });
    cpSync(example, this.folder, { recursive: true });
    this.home = mkdtempSync(join(tmpdir(), "fleet-"));
    mkdirSync(this.stateFolder);
    const { folder } = engine.cli;
    this.pulumi = folder === undefined ? "pulumi" : join(folder, "pulumi");
    this.env = {
      PATH: [...(folder === undefined ? [] : [folder]), dirname(process.execPath), process.env["PATH"]].join(
        delimiter,
      ),
      HOME: process.env["HOME"],
      LANG: "C.UTF-8",
      PULUMI_BACKEND_URL: `file://${this.stateFolder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...env,
    };
  }

  declare(declaration: FleetDeclaration): void {
    writeFileSync(join(this.folder, "fleet.json"), JSON.stringify(declaration));
    // Before any look: several at once would read it while another writes it.
    mkdirSync(this.lookFolder, { recursive: true });
    writeFileSync(join(this.lookFolder, "Pulumi.yaml"), `name: ${declaration.project}\nruntime: nodejs\n`);
  }

  /** Starts a command, leader of a process group of its own. */
  start(args: readonly string[], { machine = "this", node = [] }: FleetStart = {}): FleetRun {
    const child = spawn(process.execPath, [...node, "--import", tsx, "index.ts", ...args], {
      cwd: this.folder,
      env: { ...this.env, PULUMI_HOME: join(this.home, machine) },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.started.push(child);
    const text = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk: Buffer) => {
        text[name] += chunk.toString();
      });
    }
    const ended = new Promise<CommandResult>((done, failed) => {
      child.once("error", failed);
      // "exit", not "close": what a killed run leaves behind may still hold its output.
      child.once("exit", (code) => done({ code: code ?? -1, ...text }));
    });
    return { process: child, output: () => text.stdout + text.stderr, ended };
  }

  async run(args: readonly string[], start: FleetStart = {}): Promise<CommandResult & { output: string }> {
    const started = this.start(args, start);
    const result = await started.ended;
    return { ...result, output: started.output() };
  }

  /** The rows of a stack's deploy tokens. */
  async tokens(stack: string): Promise<StateRow[]> {
    const { resources = [] } = await this.exported(stack);
    return resources.filter(({ type }) => type.endsWith("DeployToken"));
  }

  /** A stack's state; empty where there is no such stack. */
  async exported(stack: string): Promise<{ resources?: StateRow[]; pending_operations?: unknown[] }> {
    const env = { ...this.env, PULUMI_HOME: join(this.home, "this") };
    const { code, stdout, stderr } = await run(this.pulumi, ["stack", "export", "--stack", stack], {
      cwd: this.lookFolder,
      env,
    });
    if (stderr.includes("no stack named")) return {};
    if (code !== 0) throw new Error(stderr);
    return (JSON.parse(stdout) as { deployment: { resources?: StateRow[]; pending_operations?: unknown[] } })
      .deployment;
  }

  /** The project for commands that look at a stack. */
  private get lookFolder(): string {
    return join(this.home, "look");
  }

  /** Where a file:// backend keeps its files. */
  get stateFolder(): string {
    return join(this.home, "state");
  }

  /** Ends what still runs, as after a test that failed, and removes everything. */
  dispose(): void {
    for (const { pid, exitCode, signalCode } of this.started) {
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
    }
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }
}
