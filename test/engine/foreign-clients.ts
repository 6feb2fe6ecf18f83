import { createHash } from "node:crypto";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.js";
import { runOrThrow } from "./command.js";
import { pythonPackages, pythonTests } from "./python-gitlab.js";

const sources = join(__dirname, "..", "testing", "foreign");

/** A command with its arguments and environment; the test adds GitLab's address and the access token. */
export interface ForeignClient {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** GitLab's own Go client, built once. */
export async function goClient(): Promise<ForeignClient> {
  const from = join(sources, "go");
  const folder = await cached(`go-client-${hashOf(from)}`, async (target) => {
    await runOrThrow("go", ["build", "-o", join(target, "client"), "."], { cwd: from });
  });
  return { command: join(folder, "client"), args: [], env: {} };
}

/** gitlab4j-api with its dependencies from Maven Central, compiled once. */
export async function javaClient(): Promise<ForeignClient> {
  const from = join(sources, "java");
  const folder = await cached(`java-client-${hashOf(from)}`, async (target) => {
    const copy = ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${join(target, "jars")}`];
    await runOrThrow("mvn", copy, { cwd: from });
    const jars = join(target, "jars", "*");
    await runOrThrow("javac", ["-cp", jars, "-d", join(target, "classes"), "Client.java"], { cwd: from });
  });
  const path = [join(folder, "jars", "*"), join(folder, "classes")].join(":");
  return { command: "java", args: ["-cp", path, "Client"], env: {} };
}

/** python-gitlab's own functional tests of deploy tokens, unchanged, with fixtures that need no container. */
export async function pythonClient(): Promise<ForeignClient> {
  const [packages, tests] = await Promise.all([pythonPackages(), pythonTests()]);
  const from = join(sources, "python");
  const folder = await cached(`python-client-${hashOf(from, tests)}`, async (target) => {
    copyFileSync(join(tests, "test_deploy_tokens.py"), join(target, "test_deploy_tokens.py"));
    copyFileSync(join(from, "conftest.py"), join(target, "conftest.py"));
  });
  const args = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", folder, folder];
  return { command: "python3", args, env: { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" } };
}

/** A hash of all files of the folders, so that no old build counts as a new one. */
function hashOf(...folders: string[]): string {
  const hash = createHash("sha256");
  for (const folder of folders) {
    for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
