import { parseArgs } from "node:util";
import { type Emulator, start } from "../../provider/testing/index.js";
import { tokens } from "../support/run.js";
import { findCli } from "./cli.js";
import { exampleFiles, installExamples, prepareExample, programNames, type Scene } from "./examples.js";
import { exitAfter } from "./exit.js";
import { holds } from "./holds.js";
import { installPackage, newestSdk, pack } from "./package-install.js";
import { Stack } from "./stack.js";

const help = `npm run example -- NAME

Runs an example of the folder examples/ against an emulator of GitLab: preview, up, what the example does then, destroy.
After each step it shows the requests to GitLab and its deploy tokens. Leaves nothing behind.

  ${programNames().join(", ")}
`;

type Say = (line: string) => void;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: "boolean" } },
    allowPositionals: true,
  });
  const [name = ""] = positionals;
  if (values.help || !programNames().includes(name)) {
    process[values.help ? "stdout" : "stderr"].write(help);
    return values.help ? 0 : 2;
  }
  const say: Say = (line) => void process.stdout.write(`${line}\n`);
  // Ctrl-C ends the running command; the example is still cleaned up.
  process.on("SIGINT", () => undefined);
  const cli = await findCli(say);
  say("Building the package ...");
  const packed = await pack();
  const engine = { cli, packed, installed: await installPackage(packed, newestSdk, say) };
  const [gitlab, internal] = [await start(), await start()];
  try {
    const scene = { engine, gitlab, internal, progress: say };
    await runExample(name, await installExamples(packed, say), scene);
    return 0;
  } finally {
    await Promise.all([gitlab.close(), internal.close()]);
  }
}

async function runExample(name: string, below: string, scene: Scene): Promise<void> {
  const { engine, gitlab } = scene;
  const { options, before, args = [], after, instead } = await prepareExample(name, scene);
  const stack = await Stack.create(engine, {
    program: exampleFiles(name),
    project: name,
    below,
    ...options,
    config: { "gitlab:baseUrl": gitlab.url, ...options?.config },
    secrets: { "gitlab:token": tokens.owner, ...options?.secrets },
  });
  const step = steps(scene);
  const printed = ({ stdout }: { stdout: string }) => stdout;
  const more = ["", ...args].join(" ");
  try {
    if (instead !== undefined) return await step(instead.title, () => instead.run(stack));
    await before?.(stack);
    await step(`pulumi preview${more}`, async () => printed(await stack.preview({ args })));
    await step(`pulumi up${more}`, async () => printed(await stack.up({ args })));
    if (after !== undefined) await step("Then", () => after(stack));
    await step("pulumi destroy", async () => printed(await stack.destroy()));
  } finally {
    stack.dispose();
  }
}

/** Runs a command, and shows its output and GitLab's deploy tokens after it. */
function steps({ gitlab, internal, progress: say }: Scene) {
  return async (title: string, command: () => Promise<string>): Promise<void> => {
    for (const each of [gitlab, internal]) each.clearRequests();
    say(`\n== ${title}\n${(await command()).trim()}\n\n${tell(gitlab, internal)}`);
  };
}

function tell(gitlab: Emulator, internal: Emulator): string {
  const isUsed = internal.requests.length > 0 || internal.deployTokens().length > 0;
  return isUsed ? `${holds(gitlab)}\n\nThe other one:\n${holds(internal)}` : holds(gitlab);
}

exitAfter(main());
