import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type CommandResult, run } from "./command.js";
import { programFolder, writeFiles } from "./program-folder.js";
import type { Engine } from "./setup.js";
import { writeStubPlugin } from "./stub-plugin.js";

/** A row of the state, as `pulumi stack export` prints it. */
export interface StateRow {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly initErrors?: string[];
  readonly delete?: boolean;
  readonly external?: boolean;
}

/** The size of a resource in compact JSON, as for a plain folder: the packages of a test are in a folder above. */
export function bytesOf(row: StateRow): number {
  return Buffer.byteLength(JSON.stringify(row).replaceAll("project:///../../", "project:///"));
}

export interface Result extends CommandResult {
  /** The changes that Pulumi prints under "Resources:", such as `{ created: 2, unchanged: 1 }`. */
  readonly changes: Readonly<Record<string, number>>;
  /** The whole output. */
  readonly output: string;
}

export interface StackOptions {
  /** The text of index.ts, or several files by name. */
  readonly program: string | Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder whose node_modules the program finds. @default where the packed package is installed */
  readonly below?: string;
  /** The program's own folder, with its package.json and all that is installed. @default a new one in `below` */
  readonly folder?: string;
  /** The folder of the `node` that runs program and provider. @default the one that runs this */
  readonly node?: string;
  readonly runtime?: string;
  readonly name?: string;
  readonly project?: string;
  /** The packages whose plugin is a stub. */
  readonly stubPlugins?: readonly string[];
  /** Folders with plugins, to be put first on the PATH. */
  readonly tools?: readonly string[];
  /** Another stack whose backend this one shares, for stack references. */
  readonly beside?: Stack;
}

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the command must fail. */
  readonly fails?: boolean;
  readonly onStart?: (pid: number) => void;
  readonly onOutput?: (output: string) => void;
}

/** One stack on a `file://` backend in its own folder, on the real CLI. */
export class Stack {
  readonly folder: string;
  readonly name: string;
  private readonly home: string;
  private readonly state: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly pulumi: string;

  private constructor(engine: Engine, options: StackOptions) {
    this.folder = options.folder ?? programFolder(options.below ?? engine.installed);
    mkdirSync(this.folder, { recursive: true });
    this.home = mkdtempSync(join(tmpdir(), "pulumi-stack-"));
    this.state = options.beside?.state ?? join(this.home, "state");
    mkdirSync(this.state, { recursive: true });
    this.name = options.name ?? "dev";
    const { folder } = engine.cli;
    this.pulumi = folder === undefined ? "pulumi" : join(folder, "pulumi");
    const plugins = join(this.home, "plugins");
    for (const name of options.stubPlugins ?? []) writeStubPlugin(plugins, name);
    this.env = {
      PATH: [
        plugins,
        ...(options.tools ?? []),
        ...(folder === undefined ? [] : [folder]),
        options.node ?? dirname(process.execPath),
        process.env["PATH"],
      ].join(delimiter),
      HOME: process.env["HOME"],
      LANG: "C.UTF-8",
      PULUMI_HOME: join(this.home, "home"),
      PULUMI_BACKEND_URL: `file://${this.state}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // Without the check of the program's types, each command is two seconds faster. A test of types enables it.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      ...options.env,
    };
    const project = options.project ?? "test";
    this.write({ "Pulumi.yaml": `name: ${project}\nruntime: ${options.runtime ?? "nodejs"}\n` });
    if (options.folder === undefined) this.write({ "package.json": '{"private":true}' });
    this.program(options.program);
  }

  static async create(engine: Engine, options: StackOptions): Promise<Stack> {
    const stack = new Stack(engine, options);
    await stack.pulumiOrThrow(["stack", "init", stack.name]);
    await stack.configure(options.config ?? {}, options.secrets ?? {});
    return stack;
  }

  /** Replaces the program for the next command. */
  program(program: string | Readonly<Record<string, string>>): void {
    this.write(typeof program === "string" ? { "index.ts": program } : program);
  }

  write(files: Readonly<Record<string, string>>): void {
    writeFiles(this.folder, files);
  }

  async configure(
    config: Readonly<Record<string, string>>,
    secrets: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const plain = Object.entries(config).flatMap(([key, value]) => ["--plaintext", `${key}=${value}`]);
    const secret = Object.entries(secrets).flatMap(([key, value]) => ["--secret", `${key}=${value}`]);
    if (plain.length + secret.length === 0) return;
    await this.pulumiOrThrow(["config", "set-all", ...plain, ...secret]);
  }

  up(options?: RunOptions): Promise<Result> {
    return this.command("up", ["--yes", "--skip-preview"], options);
  }

  preview(options?: RunOptions): Promise<Result> {
    return this.command("preview", [], options);
  }

  refresh(options?: RunOptions): Promise<Result> {
    return this.command("refresh", ["--yes", "--skip-preview"], options);
  }

  destroy(options?: RunOptions): Promise<Result> {
    return this.command("destroy", ["--yes", "--skip-preview"], options);
  }

  /** Runs any command of the CLI without a check of its exit code. */
  async pulumiRun(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const env = { ...this.env, ...options.env };
    const { onStart, onOutput } = options;
    return run(this.pulumi, [...args, "--non-interactive"], {
      cwd: this.folder,
      env,
      ...(onStart ? { onStart } : {}),
      ...(onOutput ? { onOutput } : {}),
    });
  }

  /** Runs a command of the installed packages in the program's folder, as npx does. */
  tool(name: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<CommandResult> {
    const file = join(this.folder, "..", "..", "node_modules", ".bin", name);
    return this.execute(file, args, env, input);
  }

  /** Runs any program in the stack's folder, with the variables of its commands. */
  execute(file: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ""): Promise<CommandResult> {
    return run(file, args, { cwd: this.folder, env: { ...this.env, ...env }, input });
  }

  async exported(): Promise<{ text: string; rows: StateRow[] }> {
    const { stdout } = await this.pulumiOrThrow(["stack", "export"]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: StateRow[] } };
    return { text: stdout, rows: deployment.resources ?? [] };
  }

  /** The state with secrets in plain text, for a test that rewrites it. */
  async deployment(): Promise<Record<string, unknown>> {
    const { stdout } = await this.pulumiOrThrow(["stack", "export", "--show-secrets"]);
    return (JSON.parse(stdout) as { deployment: Record<string, unknown> }).deployment;
  }

  /** The deploy tokens of the state. */
  async tokens(): Promise<StateRow[]> {
    return (await this.exported()).rows.filter(
      ({ type }) => /DeployToken$/.test(type) && !type.includes("Rotating"),
    );
  }

  async outputs(): Promise<Record<string, unknown>> {
    const { stdout } = await this.pulumiOrThrow(["stack", "output", "--json", "--show-secrets"]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Replaces the stack's state and encrypts its plain-text secrets. */
  async import({ deployment }: { readonly deployment: object }): Promise<void> {
    const settings = readFileSync(join(this.folder, `Pulumi.${this.name}.yaml`), "utf8");
    const salt = /^encryptionsalt: (.+)$/m.exec(settings)?.[1];
    const secrets_providers = { type: "passphrase", state: { salt } };
    const file = join(this.home, "import.json");
    writeFileSync(file, JSON.stringify({ version: 3, deployment: { ...deployment, secrets_providers } }));
    await this.pulumiOrThrow(["stack", "import", "--file", file]);
  }

  /** The folder of the backend's files. */
  get stateFolder(): string {
    return this.state;
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(this.home, { recursive: true, force: true });
  }

  private async command(name: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
    const all = [name, ...args, "--color", "never", ...(options.args ?? [])];
    const result = await this.pulumiRun(all, options);
    const failed = result.code !== 0;
    if (failed !== (options.fails ?? false)) {
      throw new Error(
        `pulumi ${all.join(" ")} ended with ${result.code}:\n${result.stdout}\n${result.stderr}`,
      );
    }
    return { ...result, changes: parseChanges(result.stdout), output: `${result.stdout}\n${result.stderr}` };
  }

  private async pulumiOrThrow(args: readonly string[]): Promise<CommandResult> {
    const result = await this.pulumiRun(args);
    if (result.code !== 0) throw new Error(`pulumi ${args[0]} ended with ${result.code}:\n${result.stderr}`);
    return result;
  }
}

function parseChanges(stdout: string): Record<string, number> {
  const section = stdout.split(/^Resources:$/m).at(-1) ?? "";
  const changes: Record<string, number> = {};
  for (const [, count, what] of section.matchAll(/^ +[+~<>-]{0,3} ?(\d+) (?:to )?(\w+)$/gm)) {
    changes[String(what).replace(/^(create|delete|update|replace)$/, "$1d")] = Number(count);
  }
  return changes;
}
