import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "../engine/cache.js";
import { runOrThrow } from "../engine/command.js";
import { node22 } from "../engine/node.js";

export interface NodeRelease {
  readonly version: string;
  readonly major: number;
  /** The npm of this release, or one of the same major version. */
  readonly npm: string;
}

export const nodes: readonly NodeRelease[] = [
  { version: "20.20.2", major: 20, npm: "10.8.2" },
  { version: node22, major: 22, npm: "10.9.8" },
  { version: "24.21.0", major: 24, npm: "11.21.1" },
];
/** The oldest Node.js that `engines` in package.json allows. */
export const oldestNode: NodeRelease = { version: "20.3.0", major: 20, npm: "9.6.7" };

export interface Manager {
  readonly name: string;
  /** The head of its column. */
  readonly title: string;
  /** The npm package that contains it, with its version. */
  readonly source: (node: NodeRelease) => string;
  /** The command in that package. */
  readonly entry: string;
  readonly add: (packages: readonly string[]) => readonly string[];
  /** The project's settings files for it, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

const addAll = (packages: readonly string[]) => ["add", ...packages];

export const tools: readonly Manager[] = [
  {
    name: "npm",
    title: "npm 9, 10, 11",
    source: ({ npm }) => `npm@${npm}`,
    entry: "bin/npm-cli.js",
    add: (packages) => ["install", ...packages],
  },
  {
    name: "pnpm-10",
    title: "pnpm 10",
    source: () => "pnpm@10.34.8",
    entry: "bin/pnpm.cjs",
    add: addAll,
  },
  {
    name: "pnpm-12",
    title: "pnpm 12",
    source: () => "pnpm@12.21.0",
    entry: "bin/pnpm.mjs",
    add: addAll,
    // pnpm refuses to install until the project decides whether protobufjs, a dependency of Pulumi's SDK, may run its
    // script.
    files: { "pnpm-workspace.yaml": "allowBuilds:\n  protobufjs: false\n" },
  },
  {
    name: "yarn-1",
    title: "yarn 1",
    source: () => "yarn@1.22.22",
    entry: "bin/yarn.js",
    add: addAll,
  },
  {
    name: "yarn-4",
    title: "yarn 4 (`nodeLinker: node-modules`)",
    source: () => "@yarnpkg/cli-dist@4.18.1",
    entry: "bin/yarn.js",
    add: addAll,
    files: { ".yarnrc.yml": "nodeLinker: node-modules\nenableTelemetry: false\n" },
  },
];

/** The file of the package manager's command, for Node.js. */
export async function managerFile(manager: Manager, node: NodeRelease): Promise<string> {
  const source = manager.source(node);
  const name = source.slice(0, source.lastIndexOf("@"));
  const folder = await cached(`tool-${source.replaceAll("/", "-")}`, (target) => installOne(target, source));
  return join(folder, "node_modules", name, manager.entry);
}

async function installOne(folder: string, what: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"private":true}');
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save"];
  await runOrThrow("npm", ["install", ...flags, what], { cwd: folder });
}
