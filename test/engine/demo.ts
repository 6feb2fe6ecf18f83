import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gitCredentialsUrl } from "../../provider/index.js";
import { type Emulator, start } from "../../provider/testing/index.js";
import { findCli } from "./cli.js";
import { run, runOrThrow } from "./command.js";
import { exitAfter } from "./exit.js";
import { holds } from "./holds.js";
import { Readers } from "./readers.js";

const help = `npm run demo [-- --keep]

Runs the root program against an emulator of GitLab: preview, up, a change that replaces, destroy. After each step
it shows GitLab's deploy tokens, and clones a repository with the token that the stack has. Leaves nothing behind.

  --keep   leave the emulator running and the stack in place, to play with; Ctrl-C ends it
`;
const root = resolve(__dirname, "..", "..");
const stackName = "demo";

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { keep: { type: "boolean", default: false }, help: { type: "boolean" } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const cli = await findCli(say);
  say("Building the package ...");
  await runOrThrow("npm", ["run", "build"], { cwd: root });
  // Ctrl-C ends the running command; the demo still cleans up.
  process.on("SIGINT", () => undefined);
  const gitlab = await start();
  const home = mkdtempSync(join(tmpdir(), "deploy-token-demo-"));
  const readers = new Readers();
  try {
    const env = environment(cli.folder, home, gitlab);
    mkdirSync(join(home, "state"));
    const steps: [string, string[]][] = [
      ["", ["stack", "init", stackName]],
      ["", ["config", "set", "project", "acme/app"]],
      ["What would happen", ["preview"]],
      ["A token is made", ["up", "--yes", "--skip-preview"]],
      ["Nothing changes", ["up", "--yes", "--skip-preview"]],
      [
        "Another expiry: the new token first, then the old one goes",
        ["up", "--yes", "--skip-preview", "-c", "expiresAt=2031-06-30"],
      ],
      ...(values.keep
        ? []
        : [["Everything goes", ["destroy", "--yes", "--skip-preview"]] as [string, string[]]]),
    ];
    const pulumi = (args: readonly string[]) =>
      run(cli.folder === undefined ? "pulumi" : join(cli.folder, "pulumi"), [...args, "--non-interactive"], {
        cwd: root,
        env,
      });
    let credentials: string | undefined;
    for (const [title, args] of steps) {
      if (title !== "") say(`\n== ${title}: pulumi ${args.join(" ")}`);
      gitlab.clearRequests();
      const result = await pulumi(args);
      if (title !== "") say(`${result.stdout.trim()}\n\n${holds(gitlab)}`);
      if (result.code !== 0) throw new Error(`pulumi ${args[0]} failed:\n${result.stderr}`);
      if (args[0] === "up") {
        const outputs = await pulumi(["stack", "output", "--json", "--show-secrets"]);
        credentials = await gitCredentials(gitlab, outputs.stdout);
      }
      if (credentials !== undefined) say(await clone(gitlab, readers, credentials, args[0] === "destroy"));
    }
    if (values.keep) await keep(cli.folder, env, gitlab, say);
    return 0;
  } finally {
    await gitlab.close();
    readers.dispose();
    rmSync(home, { recursive: true, force: true });
    rmSync(join(root, `Pulumi.${stackName}.yaml`), { force: true });
  }
}

function environment(cli: string | undefined, home: string, gitlab: Emulator): NodeJS.ProcessEnv {
  const path = [...(cli === undefined ? [] : [cli]), dirname(process.execPath), process.env["PATH"]];
  return {
    ...process.env,
    PATH: path.join(delimiter),
    PULUMI_HOME: join(home, "home"),
    PULUMI_BACKEND_URL: `file://${join(home, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "demo",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: "glpat-owner-0000000001",
  };
}

/** The line that a program would write for the token. */
function gitCredentials(gitlab: Emulator, outputs: string): Promise<string> {
  const { username, token } = JSON.parse(outputs) as { username: string; token: string };
  return new Promise((known) => gitCredentialsUrl({ username, token, baseUrl: gitlab.url }).apply(known));
}

async function clone(
  gitlab: Emulator,
  readers: Readers,
  credentials: string,
  refused: boolean,
): Promise<string> {
  const repository = `${gitlab.url}/acme/app.git`;
  const { code, stderr, folder } = await readers.clone(repository, credentials);
  if ((code !== 0) !== refused) throw new Error(`git clone ended with ${code}:\n${stderr}`);
  const [reason = ""] = stderr.split("\n");
  return refused
    ? `git clone with the token that was:\n  ${reason}`
    : `git clone with the stack's token:\n  ${readdirSync(folder).join(" ")}`;
}

async function keep(
  cli: string | undefined,
  env: NodeJS.ProcessEnv,
  gitlab: Emulator,
  say: (line: string) => void,
): Promise<void> {
  const names = [
    "PULUMI_HOME",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "GITLAB_BASE_URL",
    "GITLAB_TOKEN",
  ];
  say(`\nThe emulator of GitLab runs at ${gitlab.url}. In another terminal, in this folder:\n`);
  if (cli !== undefined) say(`  export PATH='${cli}':"$PATH"`);
  for (const name of names) say(`  export ${name}='${env[name]}'`);
  say(`  pulumi up --stack ${stackName}\n\nCtrl-C ends it and removes the stack.`);
  await new Promise((ended) => {
    process.once("SIGINT", ended);
    process.once("SIGTERM", ended);
  });
}

exitAfter(main());
