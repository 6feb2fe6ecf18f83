import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { cached } from "./cache.js";
import { run, runOrThrow } from "./command.js";

const version = "3.246.0";
const languageHostVersion = "3.68.0";

/** The source of the Pulumi CLI of the tests and the demo. */
export interface Cli {
  /** The folder with `pulumi`, to be put first on the PATH; undefined if the PATH has it already. */
  readonly folder: string | undefined;
  readonly source: "path" | "install" | "build";
  readonly version: string;
}

type Source = Cli["source"];

/**
 * Finds the Pulumi CLI on the PATH, or installs it, or builds it from its Go module into the cache. `PULUMI_ENGINE`
 * (path, install or build) selects one way.
 */
export async function findCli(progress: (line: string) => void): Promise<Cli> {
  const wanted = process.env["PULUMI_ENGINE"];
  const sources: Source[] =
    wanted === undefined || wanted === "" ? ["path", "install", "build"] : [wanted as Source];
  const failures: string[] = [];
  for (const source of sources) {
    try {
      const folder = await ways[source](progress);
      const command = folder === undefined ? "pulumi" : join(folder, "pulumi");
      const { stdout } = await runOrThrow(command, ["version"], { cwd: process.cwd() });
      return { folder, source, version: stdout.trim() };
    } catch (error) {
      failures.push(`${source}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    }
  }
  throw new Error(
    `No Pulumi CLI: install Pulumi, or Go 1.25 or later to build it (tried ${failures.join("; ")}).`,
  );
}

const ways: Record<Source, (progress: (line: string) => void) => Promise<string | undefined>> = {
  path: async () => {
    const { code } = await run("pulumi", ["version"], { cwd: process.cwd() });
    if (code !== 0) throw new Error("pulumi on the PATH does not run");
    return undefined;
  },
  install: async (progress) => {
    const root = await cached(`pulumi-installed-${version}`, async (folder) => {
      progress(`Installing Pulumi ${version} ...`);
      await PulumiCommand.install({ root: folder });
    });
    return join(root, "bin");
  },
  build,
};

function build(progress: (line: string) => void): Promise<string> {
  return cached(`pulumi-built-${version}`, async (folder) => {
    const here = __dirname;
    const flag = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
    const go = (args: string[], cwd: string) => runOrThrow("go", args, { cwd: join(here, cwd) });
    mkdirSync(folder, { recursive: true });
    progress(`Building Pulumi ${version} from its Go module, once: about 3 minutes on 2 cores ...`);
    const cli = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
    await go(["build", "-o", join(folder, "pulumi"), "-ldflags", flag, cli], "pulumi");
    progress(`Building Pulumi's host for Node.js ${languageHostVersion} ...`);
    const host = "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs";
    await go(
      ["build", "-o", join(folder, "pulumi-language-nodejs"), "-ldflags", "-s -w", host],
      "language-host",
    );
    const sdk = await go(["list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"], "pulumi");
    const plugin = join(folder, "pulumi-resource-pulumi-nodejs");
    copyFileSync(join(sdk.stdout.trim(), "nodejs", "dist", "pulumi-resource-pulumi-nodejs"), plugin);
    chmodSync(plugin, 0o755);
    progress(`Pulumi ${version} is built in ${dirname(plugin).replace(process.env["HOME"] ?? "\0", "~")}`);
  });
}
