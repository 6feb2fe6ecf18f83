import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cached } from "../../engine/cache.js";
import { type CommandResult, run, runOrThrow } from "../../engine/command.js";

/** A client as a command, with the version that it prints. */
export interface Tool {
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly version: string;
}

/** Clients from npm, which run by this Node.js or on their own. */
const fromNpm = {
  pnpm: { name: "pnpm", version: "10.34.8", file: "pnpm/bin/pnpm.cjs" },
  yarn1: { name: "yarn", version: "1.22.22", file: "yarn/bin/yarn.js" },
  yarn: { name: "@yarnpkg/cli-dist", version: "4.18.1", file: "@yarnpkg/cli-dist/bin/yarn.js" },
  bun: { name: "@oven/bun-linux-x64", version: "1.4.4", file: "@oven/bun-linux-x64/bin/bun" },
  nuget: { name: "nuget-exe", version: "5.8.0", file: "nuget-exe/nuget-5.8.0.exe" },
} as const;

const fromPyPI = { uv: "0.13.8", twine: "7.0.0" } as const;

/** A folder that is filled once and kept. Its name depends on its content. */
function installed(name: string, what: readonly string[], fill: (folder: string) => Promise<unknown>) {
  const key = createHash("sha256").update(what.join(" ")).digest("hex").slice(0, 12);
  return cached(`${name}-${key}`, async (folder) => void (await fill(folder)));
}

export async function npmTool(name: keyof typeof fromNpm, by: readonly string[]): Promise<Tool> {
  const { version, file, name: packageName } = fromNpm[name];
  const source = `${packageName}@${version}`;
  const folder = await installed(`client-${name}`, [source], async (cwd) => {
    writeFileSync(join(cwd, "package.json"), '{"private":true}');
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--force"];
    await runOrThrow("npm", ["install", ...flags, source], { cwd });
  });
  return { command: [...by, join(folder, "node_modules", file)], version };
}

export async function pythonTool(name: keyof typeof fromPyPI): Promise<Tool> {
  const source = `${name}==${fromPyPI[name]}`;
  const folder = await installed(`client-${name}`, [source], (cwd) =>
    runOrThrow("python3", ["-m", "pip", "install", "--quiet", "--target", cwd, source], { cwd }),
  );
  const [command, env] =
    name === "uv" ? [[join(folder, "bin", "uv")], {}] : [["python3", "-m", name], { PYTHONPATH: folder }];
  return { command, env, version: fromPyPI[name] };
}

/** Go programs that take minutes to build, and only if the environment asks for them. */
const fromGo = { helm: "helm.sh/helm/v3/cmd/helm@v3.22.0" } as const;

async function goTool(name: keyof typeof fromGo): Promise<string> {
  const folder = await installed(`client-${name}`, [fromGo[name]], (cwd) =>
    runOrThrow("go", ["install", fromGo[name]], { cwd, env: { ...process.env, GOBIN: cwd } }),
  );
  return join(folder, name);
}

/** A client on the PATH, or built with CLIENTS=build; undefined without both. */
export async function pathTool(
  name: string,
  versionArgs: readonly string[],
  pattern: RegExp = /\d+(?:\.\d+)+/,
): Promise<Tool | undefined> {
  const builds = process.env["CLIENTS"] === "build" && name in fromGo;
  const command = builds ? await goTool(name as keyof typeof fromGo) : name;
  try {
    const { code, stdout, stderr } = await run(command, versionArgs, { cwd: tmpdir() });
    const [version] = pattern.exec(stdout + stderr) ?? [];
    return code === 0 && version !== undefined ? { command: [command], version } : undefined;
  } catch {
    return undefined;
  }
}

/** A new home for one run of one client, without the settings, credentials and caches of the machine. */
export class Box {
  readonly folder = mkdtempSync(join(tmpdir(), "client-"));

  constructor(private readonly tool: Tool) {}

  write(file: string, text: string | Buffer): string {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    const [file = "", ...before] = this.tool.command;
    const { PATH, PYENV_VERSION } = process.env;
    const own = { PATH, PYENV_VERSION, HOME: this.folder, TMPDIR: this.folder, LC_ALL: "C", CI: "1" };
    // Yarn 1 keeps root's cache outside HOME, where the next trial would find the package.
    const cache = { YARN_CACHE_FOLDER: join(this.folder, "yarn-cache") };
    const all = { ...own, ...cache, ...this.tool.env, ...env };
    return run(file, [...before, ...args], { cwd: this.folder, env: all });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
