import { chmodSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.js";
import { runOrThrow } from "./command.js";

/** Some tools need Node.js 22 even if the tests run on Node.js 20. */
export const node22 = "22.23.3";

/** A folder with that Node.js as `node`, for the PATH. An npm package contains the binary. */
export function nodeFolder(version: string, progress: (line: string) => void = () => undefined) {
  return cached(`node-binary-${version}`, async (folder) => {
    progress(`Installing Node.js ${version} ...`);
    const name = `node-${process.platform}-${process.arch}`;
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save"];
    const from = join(folder, "package");
    await runOrThrow("npm", ["install", ...flags, "--prefix", from, `${name}@${version}`], { cwd: folder });
    cpSync(join(from, "node_modules", name, "bin", "node"), join(folder, "node"));
    chmodSync(join(folder, "node"), 0o755);
    rmSync(from, { recursive: true });
  });
}
