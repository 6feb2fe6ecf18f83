import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type FleetDeclaration, tokensOf } from "../../examples/fleet/declaration.js";
import type { Seed } from "../../provider/testing/index.js";
import { tokens } from "../support/run.js";
import type { CommandResult } from "./command.js";
import { exampleFiles } from "./examples.js";
import { programFolder, writeFiles } from "./program-folder.js";
import type { Engine } from "./setup.js";
import type { StateRow } from "./stack.js";

/**
 * Options of `unshare` for a process namespace: when its first process dies, the kernel kills all others. Without
 * root, it also needs a user namespace.
 */
export function namespaces(...more: readonly string[]): string[] {
  const user = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  return [...user, "--pid", "--fork", "--mount-proc", "--kill-child", ...more];
}

/** Some teams, each with a group and two projects. */
export function declarationOf(teams: number, perTeam: number): FleetDeclaration {
  const some = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `pull ${index}`, scopes: ["read_registry"] }));
  const third = Math.floor(perTeam / 3);
  return {
    teams: Array.from({ length: teams }, (_, team) => ({
      name: `team-${team}`,
      groups: { [`acme/team-${team}`]: some(perTeam - 2 * third) },
      projects: { [`acme/team-${team}/a`]: some(third), [`acme/team-${team}/b`]: some(third) },
    })),
  };
}

/** The groups and projects of a declaration, and the access token of the runs. */
export function seedOf({ teams }: FleetDeclaration): Seed {
  const groups = teams.flatMap(({ groups = {}, projects = {} }) => [
    ...Object.keys(groups),
    ...Object.keys(projects).map((path) => path.slice(0, path.lastIndexOf("/"))),
  ]);
  return {
    users: [{ username: "olivia", tokens: [{ value: tokens.owner }] }],
    groups: [
      { path: "acme", members: { olivia: "owner" } },
      ...[...new Set(groups)].filter((path) => path !== "acme").map((path) => ({ path })),
    ],
    projects: teams.flatMap(({ projects = {} }) => Object.keys(projects).map((path) => ({ path }))),
  };
}

/** `acme/team-0: pull 0` for each token of a declaration, sorted. */
export function namesOf({ teams }: FleetDeclaration): string[] {
  return teams
    .flatMap(tokensOf)
    .map(({ owner, name }) => `${owner}: ${name}`)
    .sort();
}

export interface FleetRun {
  readonly process: ChildProcess;
  /** The whole output so far. */
  output(): string;
  /** Resolves once a text is printed; rejects if the process ends before. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<CommandResult>;
}

/** examples/fleet and examples/fleet-workers below their installed packages, with one backend. */
export class FleetFolder {
  readonly folder: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  private readonly started: ChildProcess[] = [];

  constructor({ cli }: Engine, below: string, env: Readonly<Record<string, string>>) {
    this.folder = programFolder(below);
    mkdirSync(dirname(this.folder), { recursive: true });
    this.home = mkdtempSync(join(tmpdir(), "fleet-"));
    mkdirSync(join(this.home, "state"));
    this.env = {
      PATH: [
        ...(cli.folder === undefined ? [] : [cli.folder]),
        dirname(process.execPath),
        process.env["PATH"],
      ].join(delimiter),
      HOME: process.env["HOME"],
      LANG: "C.UTF-8",
      PULUMI_HOME: join(this.home, "pulumi"),
      // Pulumi writes a second file next to each state. A kill between the two leaves a state that Pulumi cannot
      // read.
      PULUMI_BACKEND_URL: `file://${join(this.home, "state")}?metadata=skip`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      GITLAB_TOKEN: tokens.owner,
      ...env,
    };
    for (const name of ["fleet", "fleet-workers"]) writeFiles(join(this.folder, name), exampleFiles(name));
  }

  declare(declaration: FleetDeclaration): void {
    writeFileSync(join(this.folder, "fleet", "fleet.json"), JSON.stringify(declaration));
  }

  start(file: string, args: readonly string[], cwd = "fleet"): FleetRun {
    const child = spawn(file, args, {
      cwd: join(this.folder, cwd),
      env: this.env,
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
      // Waits for "exit", not "close": a killed run may leave processes that keep its output open.
      child.once("exit", (code) => done({ code: code ?? -1, ...text }));
    });
    const output = () => text.stdout + text.stderr;
    const printed = (wanted: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (output().includes(wanted)) resolve();
        };
        child.stdout.on("data", look);
        child.once("exit", () =>
          reject(new Error(`it ended without ${JSON.stringify(wanted)}: ${output()}`)),
        );
        look();
      });
    return { process: child, output, printed, ended };
  }

  async run(
    file: string,
    args: readonly string[],
    cwd?: string,
  ): Promise<CommandResult & { output: string }> {
    const started = this.start(file, args, cwd);
    const result = await started.ended;
    return { ...result, output: started.output() };
  }

  /** The ids of the deploy tokens in the states of the stacks, sorted. */
  async ids({ teams }: FleetDeclaration): Promise<number[]> {
    const states = await Promise.all(teams.map(({ name }) => this.exported(name)));
    return states
      .flatMap(({ resources = [] }) => resources)
      .filter(({ type }) => type.endsWith("DeployToken"))
      .map(({ outputs }) => Number(outputs?.["deployTokenId"]))
      .sort((a, b) => a - b);
  }

  /** The state of a stack; empty if there is no such stack. */
  async exported(stack: string): Promise<{ resources?: StateRow[]; pending_operations?: unknown[] }> {
    const { code, stdout, output } = await this.run("pulumi", ["stack", "export", "--stack", stack]);
    if (output.includes("no stack named")) return {};
    if (code !== 0) throw new Error(output);
    return (JSON.parse(stdout) as { deployment: { resources?: StateRow[]; pending_operations?: unknown[] } })
      .deployment;
  }

  /** Ends the processes that still run, such as after a failed test, and removes everything. */
  dispose(): void {
    for (const { pid, exitCode, signalCode } of this.started) {
      if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
    }
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }
}
