import { cached } from "./cache.js";
import { runOrThrow } from "./command.js";

const version = "8.6.0";

/** A folder with python-gitlab, for PYTHONPATH: a client of GitLab's that shares nothing with this package. */
export function pythonPackages(): Promise<string> {
  return cached(`python-gitlab-${version}`, async (folder) => {
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder];
    await runOrThrow("python3", [...pip, `python-gitlab==${version}`], { cwd: process.cwd() });
  });
}
