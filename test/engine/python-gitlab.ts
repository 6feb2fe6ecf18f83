import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cached } from "./cache.js";
import { runOrThrow } from "./command.js";

const version = "8.6.0";
const pytest = "8.4.2";
const pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"];

/** A folder with python-gitlab and pytest, for PYTHONPATH. This client shares nothing with the package. */
export function pythonPackages(): Promise<string> {
  return cached(`python-gitlab-${version}-pytest-${pytest}`, async (folder) => {
    const wanted = [`python-gitlab==${version}`, `pytest==${pytest}`];
    await runOrThrow("python3", [...pip, "install", "--target", folder, ...wanted], { cwd: process.cwd() });
  });
}

/** A folder with python-gitlab's own functional tests, from its source distribution. */
export function pythonTests(): Promise<string> {
  return cached(`python-gitlab-tests-${version}`, async (folder) => {
    const download = mkdtempSync(`${folder}.download-`);
    try {
      const source = ["--no-deps", "--no-binary", "python-gitlab", `python-gitlab==${version}`];
      await runOrThrow("python3", [...pip, "download", "--dest", download, ...source], {
        cwd: process.cwd(),
      });
      const [archive = ""] = readdirSync(download);
      const inside = `python_gitlab-${version}/tests/functional/api/test_deploy_tokens.py`;
      const unpack = ["-xzf", join(download, archive), "-C", folder, "--strip-components=4", inside];
      await runOrThrow("tar", unpack, { cwd: process.cwd() });
    } finally {
      rmSync(download, { recursive: true });
    }
  });
}
