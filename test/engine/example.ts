import { parseArgs } from "node:util";
import { type Emulator, start } from "../../provider/testing/index.js";
import { tokens } from "../support/run.js";
import { findCli } from "./cli.js";
import { exampleFiles, exampleNames, installExamples, prepareExample, type Scene } from "./examples.js";
import { Fleet, ownersOfFleet } from "./fleet.js";
import { holds } from "./holds.js";
import { installPackage, newestSdk, pack } from "./package-install.js";
import { Stack } from "./stack.js";

const help = `npm run example -- NAME

Runs an example of the folder examples/ against a stand-in for GitLab: preview, up, what the example does then, destroy.
After each step it shows what GitLab was asked and what it holds. Leaves nothing behind.

  ${exampleNames().join(", ")}
`;

type Say = (line: string) => void;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: "boolean" } },
    allowPositionals: true,
  });
  const [name = ""] = positionals;
  if (values.help || !exampleNames().includes(name)) {
    process[values.help ? "stdout" : "stderr"].write(help);
    return values.help ? 0 : 2;
  }
  const say: Say = (line) => void process.stdout.write(`${line}\n`);
  // Ctrl-C ends the command that runs; what follows still cleans up.
  process.on("SIGINT", () => undefined);
  const cli = await findCli(say);
  say("Building the package ...");
  const packed = await pack();
  const engine = { cli, packed, installed: await installPackage(packed, newestSdk, say) };
  const [gitlab, internal] = [await start(), await start()];
  try {
    const scene = { engine, gitlab, internal, progress: say };
    if (name === "fleet") await runFleet(scene);
    else await runExample(name, await installExamples(packed, say), scene);
    return 0;
  } finally {
    await Promise.all([gitlab.close(), internal.close()]);
  }
}

async function runExample(name: string, below: string, scene: Scene): Promise<void> {
  const { engine, gitlab } = scene;
  const { options, before, args = [], after } = await prepareExample(name, scene);
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
    await before?.(stack);
    await step(`pulumi preview${more}`, async () => printed(await stack.preview({ args })));
    await step(`pulumi up${more}`, async () => printed(await stack.up({ args })));
    if (after !== undefined) await step("Then", () => after(stack));
    await step("pulumi destroy", async () => printed(await stack.destroy()));
  } finally {
    stack.dispose();
  }
}

/** The fleet is a command line of its own, not one Pulumi program. */
async function runFleet(scene: Scene): Promise<void> {
  const { engine, gitlab } = scene;
  gitlab.seed(ownersOfFleet());
  const fleet = new Fleet(engine, { GITLAB_BASE_URL: gitlab.url, GITLAB_TOKEN: tokens.owner });
  const step = steps(scene);
  try {
    for (const command of ["preview", "up", "refresh", "destroy --yes"]) {
      await step(`npx tsx index.ts ${command}`, async () => {
        const run = fleet.start(command.split(" "));
        // A process group of its own does not hear of Ctrl-C.
        const interrupt = () => run.process.kill("SIGINT");
        process.once("SIGINT", interrupt);
        const { code } = await run.ended;
        process.off("SIGINT", interrupt);
        if (code !== 0) throw new Error(run.output());
        return run.output();
      });
    }
  } finally {
    fleet.dispose();
  }
}

/** Runs a command, and shows what it printed and what GitLab holds after it. */
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

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
