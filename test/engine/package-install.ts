import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { cached, cacheFolder } from "./cache.js";
import { runOrThrow } from "./command.js";

const root = resolve(__dirname, "..", "..");

export interface Packed {
  readonly tarball: string;
  /** In bytes. */
  readonly size: number;
  readonly hash: string;
}

/** Builds and packs the package as a release does. */
export async function pack(): Promise<Packed> {
  await runOrThrow("npm", ["run", "build"], { cwd: root });
  const folder = join(cacheFolder, "packed");
  mkdirSync(folder, { recursive: true });
  // Packs into its own folder: another clone's run may pack under the same name at the same time.
  const own = mkdtempSync(join(folder, "packing-"));
  // prepack would build a second time.
  const { stdout } = await runOrThrow(
    "npm",
    ["pack", "--ignore-scripts", "--json", "--pack-destination", own],
    { cwd: root },
  );
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const content = readFileSync(join(own, filename));
  rmSync(own, { recursive: true });
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  const tarball = join(folder, `pulumi-gitlab-deploy-tokens-${hash}.tgz`);
  if (!existsSync(tarball)) writeFileSync(tarball, content);
  return { tarball, size: content.length, hash };
}

export const newestSdk = "3.248.0";
export const oldestSdk = "3.142.0";

/** A folder in which a user would install the tarball; programs are below it. */
export function installPackage({ tarball, hash }: Packed, sdk: string, progress: (line: string) => void) {
  return cached(`installed-${hash}-${sdk}`, async (folder) => {
    progress(`Installing the packed package with @pulumi/pulumi ${sdk} ...`);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true }));
    const packages = [
      tarball,
      `@pulumi/pulumi@${sdk}`,
      "typescript@5.9.3",
      "@types/node@20.19.43",
      "hono@4.13.19",
    ];
    await runOrThrow("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], {
      cwd: folder,
    });
  });
}
