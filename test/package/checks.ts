import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run, runOrThrow } from "../engine/command.js";
import type { Packed } from "../engine/package-install.js";
import { billOfMaterials } from "./bill-of-materials.js";
import { brokenLinks } from "./links.js";

const root = resolve(__dirname, "..", "..");
const bin = (name: string) => join(root, "node_modules", ".bin", name);

/** One condition of publishing. It returns its finding, or throws an error. */
export interface Check {
  readonly name: string;
  run(packed: Packed): Promise<string>;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly scripts: Record<string, string>;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly publishConfig?: { readonly provenance?: boolean; readonly access?: string };
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** The licenses that dependencies may have, by SPDX name. They impose no condition on a user's code. */
const permissive = ["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT"];

/**
 * The scripts that npm runs when it installs a package from a registry. (`prepare` runs in an installation from git.)
 */
const installScripts = ["preinstall", "install", "postinstall"];

/**
 * The largest tarball, in bytes. The formats, the imports and the emulator of GitLab of 2026 took it from 125 to 191 kB,
 * the audit's alarms, Terraform states and HTML report to 206 kB.
 */
export const tarballLimit = 220_000;

/** The checks that need no network; a test runs them too. */
export const stableChecks: readonly Check[] = [
  { name: "publint", run: publint },
  { name: "types", run: types },
  { name: "knip", run: knip },
  { name: "licenses", run: licenses },
  { name: "pins", run: pins },
  { name: "install scripts", run: noInstallScripts },
  { name: "bill of materials", run: materials },
  { name: "tarball", run: tarball },
  { name: "links", run: links },
  { name: "provenance", run: provenance },
  { name: "recorded state", run: recordedState },
];

/** `npm audit` asks the registry. */
export const networkChecks: readonly Check[] = [{ name: "npm audit", run: audit }];

/** The recorded state of this version, with which later versions are tested. */
async function recordedState(): Promise<string> {
  const file = join("test", "fixtures", `state-${manifest.version}.json`);
  if (existsSync(join(root, file))) return file;
  throw new Error(`${file} is missing: npm run record:state`);
}

async function publint({ tarball: file }: Packed): Promise<string> {
  const { publint: lint } = await import("publint");
  const { formatMessage } = await import("publint/utils");
  const content = readFileSync(file);
  const { messages, pkg } = await lint({ pack: { tarball: new Uint8Array(content).buffer }, strict: true });
  if (messages.length === 0) return "no remark, suggestions included";
  throw new Error(messages.map((message) => formatMessage(message, pkg)).join("\n"));
}

async function types({ tarball: file }: Packed): Promise<string> {
  const { code, stdout, stderr } = await run(bin("attw"), [file, "--format", "json"], { cwd: root });
  if (stdout.trim() === "") throw new Error(stderr);
  const { analysis } = JSON.parse(stdout) as {
    analysis: { entrypoints: Record<string, { resolutions: object }>; problems: object[] };
  };
  if (code !== 0 || analysis.problems.length > 0) throw new Error(JSON.stringify(analysis.problems));
  const entries = Object.values(analysis.entrypoints);
  const ways = entries.reduce((sum, { resolutions }) => sum + Object.keys(resolutions).length, 0);
  if (entries.length === 0) throw new Error("no entry point was looked at");
  return `${entries.length} entry points resolve in each of ${ways / entries.length} ways`;
}

async function knip(): Promise<string> {
  const { code, stdout, stderr } = await run(bin("knip"), ["--treat-config-hints-as-errors"], { cwd: root });
  if (code !== 0) throw new Error(`${stdout}\n${stderr}`);
  return "no file, export or dependency is unused, none is missing";
}

async function licenses(): Promise<string> {
  const { components } = await billOfMaterials();
  const named = components.map(({ name, licenses: [first] = [] }) => ({
    name,
    license: first?.license?.id ?? first?.expression ?? "none",
  }));
  const other = named.filter(({ license }) => !permissive.includes(license));
  if (other.length > 0) throw new Error(other.map(({ name, license }) => `${name}: ${license}`).join("\n"));
  const found = [...new Set(named.map(({ license }) => license))].sort();
  return `${named.length} packages, all ${found.join(", ")}`;
}

async function pins(): Promise<string> {
  const { dependencies, devDependencies } = manifest;
  const all = Object.entries({ ...devDependencies, ...dependencies });
  const loose = all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  if (loose.length > 0) throw new Error(loose.map((each) => each.join(": ")).join("\n"));
  const count = (of: object) => Object.keys(of).length;
  return `${count(dependencies)} dependencies and ${count(devDependencies)} devDependencies, each one version`;
}

async function noInstallScripts(): Promise<string> {
  const own = installScripts.filter((name) => name in manifest.scripts);
  const { components } = await billOfMaterials();
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string; hasInstallScript?: boolean }>;
  };
  const others = components
    .filter(({ name, version }) =>
      Object.entries(lock.packages).some(
        ([path, each]) =>
          path.endsWith(`node_modules/${name}`) && each.version === version && each.hasInstallScript,
      ),
    )
    .map(({ name }) => name);
  if (own.length + others.length > 0) throw new Error([...own, ...others].join("\n"));
  return `none, in ${components.length + 1} packages`;
}

async function materials(): Promise<string> {
  const { components, text } = await billOfMaterials();
  const missing = Object.keys(manifest.dependencies).filter(
    (name) => !components.some((component) => component.name === name),
  );
  if (missing.length > 0) throw new Error(`not in it: ${missing.join(", ")}`);
  const { bomFormat, specVersion } = JSON.parse(text) as { bomFormat: string; specVersion: string };
  return `${bomFormat} ${specVersion}, ${components.length} components (npm run sbom)`;
}

async function tarball({ size, tarball: file }: Packed): Promise<string> {
  if (size > tarballLimit) throw new Error(`${size} bytes of at most ${tarballLimit}`);
  const { stdout } = await run("tar", ["-tzf", file], { cwd: root });
  const files = stdout.trim().split("\n");
  const stray = files.filter(
    (name) => !/^package\/(package\.json|README\.md|LICENSE|dist\/.+\.(js|d\.ts))$/.test(name),
  );
  if (stray.length > 0) throw new Error(`not meant to be published:\n${stray.join("\n")}`);
  return `${size} bytes of at most ${tarballLimit}, ${files.length} files`;
}

/** The tarball has no documents, so its links lead to the repository. */
async function links({ tarball: file }: Packed): Promise<string> {
  const { stdout } = await run("tar", ["-tzf", file], { cwd: root });
  const names = stdout
    .trim()
    .split("\n")
    .filter((name) => /\.(md|ts|js)$/.test(name));
  const folder = mkdtempSync(join(tmpdir(), "links-"));
  try {
    await runOrThrow("tar", ["-xzf", file, "-C", folder], { cwd: root });
    const broken = names.flatMap((name) => brokenLinks(name, readFileSync(join(folder, name), "utf8")));
    if (broken.length > 0) throw new Error(`links that work in the repository alone:\n${broken.join("\n")}`);
    return `every link of ${names.length} files works without the repository`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function provenance(): Promise<string> {
  const { provenance: wanted, access } = manifest.publishConfig ?? {};
  if (wanted !== true || access !== "public") throw new Error("publishConfig lacks provenance or access");
  const workflow = readFileSync(join(root, ".github", "workflows", "release.yml"), "utf8");
  for (const part of ["id-token: write", "npm publish", "npm run check:package", "bash .ci/run"]) {
    if (!workflow.includes(part)) throw new Error(`release.yml lacks ${part}`);
  }
  return "publishConfig asks for it, release.yml may sign it";
}

async function audit(): Promise<string> {
  const { code, stdout } = await run("npm", ["audit", "--omit=dev", "--json"], { cwd: root });
  const answer = JSON.parse(stdout || "{}") as {
    readonly statusCode?: number;
    readonly metadata?: { vulnerabilities: Record<string, number>; dependencies: { prod: number } };
  };
  if (answer.metadata === undefined) {
    throw new Unanswered(`the registry does not answer it (${answer.statusCode ?? "no status"})`);
  }
  if (code !== 0) throw new Error(JSON.stringify(answer.metadata.vulnerabilities));
  return `no known vulnerability in ${answer.metadata.dependencies.prod} packages`;
}

/** The check was not tried, which is neither a success nor a failure. */
export class Unanswered extends Error {}
