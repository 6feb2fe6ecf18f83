import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runOrThrow } from "../engine/command.js";

const root = resolve(__dirname, "..", "..");

interface Manifest {
  readonly name: string;
  readonly packages?: Record<string, Record<string, unknown>>;
}

/** The packages that are not installed with the published package. */
const ownOnly = ["workspaces", "devDependencies", "peerDependencies", "peerDependenciesMeta"];

export interface BillOfMaterials {
  /** CycloneDX, as npm writes it. */
  readonly text: string;
  readonly components: readonly Component[];
}

export interface Component {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string };
    readonly expression?: string;
  }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Lists the packages that are installed with the published package, at their locked versions. `npm sbom` fails in a
 * repository whose workspaces have no version. It therefore runs in a copy of the manifest and the lock file.
 */
export async function billOfMaterials(): Promise<BillOfMaterials> {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Required<Manifest>;
  const parent = mkdtempSync(join(tmpdir(), "materials-"));
  try {
    // npm uses the folder's name as the name of the package.
    const cwd = join(parent, manifest.name);
    mkdirSync(cwd);
    const own = (text: object) =>
      Object.fromEntries(Object.entries(text).filter(([key]) => !ownOnly.includes(key)));
    const installed = Object.entries(lock.packages).filter(
      ([path, each]) => !path.startsWith("examples/") && each["link"] !== true && each["dev"] !== true,
    );
    const packages = Object.fromEntries(
      installed.map(([path, each]) => [path, path === "" ? own(each) : each]),
    );
    writeFileSync(join(cwd, "package.json"), JSON.stringify(own(manifest)));
    writeFileSync(join(cwd, "package-lock.json"), JSON.stringify({ ...lock, packages }));
    const lockOnly = ["--package-lock-only", "--offline", "--ignore-scripts"];
    await runOrThrow("npm", ["prune", ...lockOnly], { cwd });
    const { stdout } = await runOrThrow("npm", ["sbom", "--sbom-format", "cyclonedx", ...lockOnly], { cwd });
    const { components } = JSON.parse(stdout) as { components: Component[] };
    return { text: stdout, components };
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** `npm run sbom -- FILE`. */
if (require.main === module) {
  void billOfMaterials().then(({ text }) => {
    const [, , file] = process.argv;
    if (file === undefined) process.stdout.write(text);
    else writeFileSync(file, text);
  });
}
