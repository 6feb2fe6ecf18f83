import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CommandResult, run } from "./command.js";

const nowhere = "http://127.0.0.1:9/";

/**
 * The programs of a token's owner, with homes, settings and caches in a temporary folder. They see nothing of the
 * machine and reach only the host that a test names. Files and variables pass the secrets.
 */
export class Readers {
  readonly folder = mkdtempSync(join(tmpdir(), "readers-"));
  private count = 0;

  /** Uses a line of `.git-credentials` and never asks for credentials. */
  async clone(repository: string, credentials: string): Promise<CommandResult & { readonly folder: string }> {
    const store = this.write("git-credentials", `${credentials}\n`);
    const settings = this.write("gitconfig", `[credential]\n\thelper = store --file=${store}\n`);
    return this.cloneWith(repository, settings);
  }

  /** Passes a URL with credentials under another name, so that no process has them in its arguments. */
  cloneUrl(url: string): Promise<CommandResult & { readonly folder: string }> {
    return this.cloneWith("demo:app", this.write("gitconfig", `[url "${url}"]\n\tinsteadOf = demo:app\n`));
  }

  private async cloneWith(repository: string, settings: string) {
    const folder = this.fresh("clone");
    const result = await this.run("git", ["clone", "--quiet", repository, folder], this.folder, {
      GIT_CONFIG_GLOBAL: settings,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_ASKPASS: "true",
    });
    return { ...result, folder };
  }

  /**
   * Installs into an empty project with that `.npmrc`. Other packages would come from a registry that does not exist.
   */
  async npmInstall(name: string, npmrc: string): Promise<CommandResult & { readonly folder: string }> {
    const folder = this.fresh("npm");
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    writeFileSync(join(folder, ".npmrc"), npmrc);
    const user = this.write("npmrc", `registry=${nowhere}\nfetch-retries=0\nupdate-notifier=false\n`);
    const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", name];
    const result = await this.run("npm", args, folder, {
      npm_config_userconfig: user,
      npm_config_globalconfig: join(folder, "none"),
      npm_config_cache: this.fresh("npm-cache"),
    });
    return { ...result, folder };
  }

  async pipInstall(name: string, indexUrl: string): Promise<CommandResult & { readonly folder: string }> {
    const folder = this.fresh("pip");
    const args = ["-m", "pip", "install", "--no-deps", "--no-cache-dir", "--target", folder, name];
    const result = await this.run("python3", args, this.folder, {
      PIP_CONFIG_FILE: "/dev/null",
      PIP_INDEX_URL: indexUrl,
      PIP_NO_INPUT: "1",
      PIP_RETRIES: "0",
      PIP_DISABLE_PIP_VERSION_CHECK: "1",
    });
    return { ...result, folder };
  }

  /** Runs skopeo with the text of a Docker `config.json`. */
  skopeo(args: readonly string[], config: string, input = ""): Promise<CommandResult> {
    const authFile = this.write("config.json", config);
    const [command = "", ...rest] = args;
    const all = [command, "--tls-verify=false", "--authfile", authFile, ...rest];
    return this.run("skopeo", all, this.folder, {}, input);
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private fresh(name: string): string {
    return join(this.folder, `${name}-${++this.count}`);
  }

  private write(name: string, text: string): string {
    const file = join(this.fresh("settings"), name);
    mkdirSync(dirname(file));
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  private run(file: string, args: readonly string[], cwd: string, more: NodeJS.ProcessEnv, input = "") {
    const { PATH, PYENV_VERSION } = process.env;
    const env = { PATH, PYENV_VERSION, HOME: this.folder, TMPDIR: this.folder, LC_ALL: "C", ...more };
    return run(file, args, { cwd, env, input });
  }
}

/** An npm package in Base64, as `npm publish` uploads it. */
export function npmTarball(name: string, version: string): string {
  return inFolder((folder) => {
    mkdirSync(join(folder, "package"));
    writeFileSync(
      join(folder, "package", "package.json"),
      JSON.stringify({ name, version, main: "index.js" }),
    );
    writeFileSync(join(folder, "package", "index.js"), `module.exports = "hello from ${name}";\n`);
    const file = join(folder, "package.tgz");
    execFileSync("tar", ["-czf", file, "-C", folder, "package"]);
    return readFileSync(file).toString("base64");
  });
}

const wheelProgram = `
import sys, zipfile
name, version, file = sys.argv[1:]
info = f"{name}-{version}.dist-info"
with zipfile.ZipFile(file, "w") as wheel:
    wheel.writestr(f"{name}.py", f'greeting = "hello from {name}"\\n')
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(f"{info}/RECORD", f"{name}.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
`;

/** A Python package in Base64, as `twine upload` uploads it. */
export function wheel(name: string, version: string): string {
  return inFolder((folder) => {
    const file = join(folder, "package.whl");
    execFileSync("python3", ["-c", wheelProgram, name, version, file]);
    return readFileSync(file).toString("base64");
  });
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
