import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { start } from "../../provider/testing/index.js";
import { cacheFolder } from "../engine/cache.js";
import type { Cli } from "../engine/cli.js";
import { run, runOrThrow } from "../engine/command.js";
import { nodeFolder } from "../engine/node.js";
import type { Packed } from "../engine/package-install.js";
import { Stack } from "../engine/stack.js";
import type { Cell } from "./cells.js";
import { managerFile } from "./tools.js";

export interface Outcome {
  /** `refused` means that Pulumi itself refuses, as expected. */
  readonly kind: "works" | "fails" | "untried" | "refused";
  /** One line of the table's notes. */
  readonly note?: string;
  /** The whole output, for a person who looks for the cause. */
  readonly details?: string;
  /** The installed version of @pulumi/pulumi. */
  readonly sdk?: string;
}

export interface Bench {
  readonly cli: Cli;
  readonly packed: Packed;
}

/** Tries one cell in a new folder and removes the folder. */
export async function attempt(cell: Cell, bench: Bench): Promise<Outcome> {
  for (const command of cell.program.needs ?? []) {
    const { code } = await run("which", [command], { cwd: tmpdir() });
    if (code !== 0) return { kind: "untried", note: `\`${command}\` is not on the PATH` };
  }
  const folder = mkdtempSync(join(tmpdir(), "compatibility-"));
  let step = "install";
  const enter = (name: string) => {
    step = name;
  };
  try {
    const node = await nodeFolder(cell.node.version);
    const sdk = await install(cell, bench.packed, folder, node);
    if (cell.program.compile === true) {
      enter("compile");
      await compile(folder, node);
    }
    await live(cell, bench, folder, node, enter);
    return { kind: "works", sdk };
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    const refusal = cell.program.refusedByPulumi?.exec(details)?.[0];
    if (refusal !== undefined && step === "up") {
      return { kind: "refused", note: `Pulumi itself cannot: "${refusal}"` };
    }
    return { kind: "fails", note: `${step}: ${firstCause(details, folder)}`, details };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs as a user does: package.json, then the package manager's own command, with its scripts and peers. */
async function install(cell: Cell, packed: Packed, folder: string, node: string): Promise<string> {
  const { manager, program, sdk } = cell;
  const fields = { name: "user", version: "1.0.0", private: true, ...program.fields };
  write(folder, {
    ...manager.files,
    ...program.settings,
    ...program.files,
    "package.json": JSON.stringify(fields),
  });
  const packages = [
    `pulumi-gitlab-deploy-tokens@file:${packed.tarball}`,
    ...(sdk === undefined ? [] : [`@pulumi/pulumi@${sdk}`]),
    ...(program.packages ?? []),
  ];
  const file = await managerFile(manager, cell.node);
  const args = [file, ...manager.add(packages)];
  await runOrThrow(join(node, "node"), args, { cwd: folder, env: installEnvironment(node) });
  const manifest = join(folder, "node_modules", "@pulumi", "pulumi", "package.json");
  if (!existsSync(manifest)) return String(sdk);
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  if (sdk !== undefined) assert.equal(version, sdk);
  return version;
}

/**
 * Removes the variables that `npm run` sets for this process. A folder outside the repository keeps the downloads
 * between runs.
 */
function installEnvironment(node: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/i.test(name));
  return {
    ...Object.fromEntries(own),
    PATH: [node, process.env["PATH"]].join(delimiter),
    XDG_DATA_HOME: join(cacheFolder, "managers", "data"),
    YARN_CACHE_FOLDER: join(cacheFolder, "managers", "yarn-1"),
    YARN_GLOBAL_FOLDER: join(cacheFolder, "managers", "yarn-4"),
    npm_config_update_notifier: "false",
  };
}

async function compile(folder: string, node: string): Promise<void> {
  const tsc = join(folder, "node_modules", "typescript", "bin", "tsc");
  await runOrThrow(join(node, "node"), [tsc, "-p", folder], { cwd: folder });
}

/**
 * Runs up, up again and destroy. The outputs must match the token, the second up must change nothing, and no token
 * may remain.
 */
async function live(
  cell: Cell,
  { cli, packed }: Bench,
  folder: string,
  node: string,
  enter: (step: string) => void,
): Promise<void> {
  const gitlab = await start();
  let stack: Stack | undefined;
  try {
    enter("stack init");
    stack = await Stack.create(
      { cli, packed, installed: folder },
      {
        program: cell.program.files,
        folder,
        node,
        ...(cell.program.alone ? { config: { "test:project": "acme/app" } } : {}),
        ...(cell.program.runtime === undefined ? {} : { runtime: cell.program.runtime }),
        env: { GITLAB_BASE_URL: gitlab.url, GITLAB_TOKEN: "glpat-owner-0000000001", GITLAB_RETRIES: "1" },
      },
    );
    enter("up");
    const { created = 0, ...others } = (await stack.up()).changes;
    assert.deepEqual(others, {}, "the first up only creates");
    const values = gitlab.deployTokens().map(({ token }) => token);
    const outputs = await stack.outputs();
    for (const name of ["token", ...(cell.program.alone ? [] : ["ciToken"])]) {
      assert.ok(values.includes(String(outputs[name])), `the output ${name} is a living token's value`);
    }
    if (!cell.program.alone) {
      assert.equal(outputs["seen"], "pull", "the look-up sees the new token");
      if (cell.program.runtime === undefined) assert.equal(outputs["node"], cell.node.version);
    }
    enter("up without a change");
    gitlab.clearRequests();
    assert.deepEqual((await stack.up()).changes, { unchanged: created });
    assert.deepEqual(
      gitlab.requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`),
      [],
      "nothing is written without a change",
    );
    enter("destroy");
    assert.deepEqual((await stack.destroy()).changes, { deleted: created });
    assert.deepEqual(gitlab.deployTokens(), [], "nothing is left in GitLab");
  } finally {
    stack?.dispose();
    await gitlab.close();
  }
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

/** The first line of the error, without addresses and paths of this machine. */
function firstCause(details: string, folder: string): string {
  const lines = details.split("\n").map((line) => line.trim());
  const cause =
    lines.find((line) => /error|cannot|refus|not found/i.test(line) && !/ended with \d/.test(line)) ??
    lines.find((line) => line !== "") ??
    "no word about why";
  return cause
    .replaceAll(folder, ".")
    .replaceAll(cacheFolder, "<cache>")
    .replaceAll(homedir(), "~")
    .replaceAll(tmpdir(), "<tmp>")
    .replaceAll(/https?:\/\/\S+/g, "<address>")
    .replaceAll("|", "\\|")
    .slice(0, 240);
}
