import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { start } from "../../provider/testing/index.js";
import { findCli } from "../engine/cli.js";
import { installPackage, newestSdk, pack } from "../engine/package-install.js";
import { Stack } from "../engine/stack.js";
import { accessTokens, program, type RecordedState, recordedAddress, seed, time } from "./first-release.js";

const root = resolve(__dirname, "..", "..");
const passphrase = "test";

/**
 * `npm run record:state`: records the state that a real `pulumi up` with the packed package writes, for the tests of
 * later versions. It runs once for each release and overwrites no file.
 */
async function main(): Promise<void> {
  const progress = (line: string) => void process.stderr.write(`${line}\n`);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const file = join(root, "test", "fixtures", `state-${version}.json`);
  if (existsSync(file)) throw new Error(`${file} is there: a release's state is recorded once`);
  const cli = await findCli(progress);
  const packed = await pack();
  const installed = await installPackage(packed, newestSdk, progress);
  const gitlab = await start({ seed });
  await gitlab.clock.set(time);
  const stack = await Stack.create(
    { cli, packed, installed },
    {
      program,
      project: "recorded",
      config: { "gitlab:baseUrl": gitlab.url },
      secrets: {
        "gitlab:token": accessTokens.stack,
        "recorded:second": accessTokens.provider,
        "recorded:adopted": gitlab.deployTokens()[0]?.token ?? "",
      },
      env: { GITLAB_TESTING_TIME: time, PULUMI_CONFIG_PASSPHRASE: passphrase },
    },
  );
  try {
    await stack.up();
    const { text } = await stack.exported();
    const recorded: RecordedState = {
      version,
      pulumi: cli.version,
      passphrase,
      time,
      program,
      seed,
      deployTokens: gitlab.deployTokens(),
      outputs: await stack.outputs(),
      deployment: withoutMachine(JSON.parse(text.replaceAll(gitlab.url, recordedAddress)) as Exported),
    };
    writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`);
    progress(`${file}: ${gitlab.deployTokens().length} deploy tokens`);
  } finally {
    stack.dispose();
    await gitlab.close();
  }
}

interface Exported {
  readonly version: number;
  readonly deployment: { readonly manifest: { readonly plugins?: object[] } };
}

/** The record must not contain the plugin folder of this machine. */
function withoutMachine(exported: Exported): object {
  const { plugins = [], ...manifest } = exported.deployment.manifest;
  const named = plugins.map((plugin) => ({ ...plugin, path: "" }));
  return { ...exported, deployment: { ...exported.deployment, manifest: { ...manifest, plugins: named } } };
}

void main();
