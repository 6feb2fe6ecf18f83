import { Command, CommanderError, InvalidArgumentError } from "commander";
import { DeclarationError, readDeclaration } from "./declaration.js";
import { runFleet } from "./fleet.js";
import { Progress } from "./progress.js";
import type { Command as FleetCommand } from "./stack-run.js";

interface Options {
  readonly declaration: string;
  readonly stack: readonly string[];
  readonly parallelStacks: number;
  readonly wait: number;
  readonly yes?: boolean;
}

const descriptions: Record<FleetCommand, string> = {
  up: "make every stack what the declaration says",
  preview: "show what up would do",
  refresh: "bring every stack's state up to date with GitLab",
  destroy: "delete every token of the stacks",
};

/** Resolves with the exit code: 0 when every stack succeeded, 1 when one failed, 2 for a wrong call. */
async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("fleet")
    .description("Deploy tokens of many teams, a Pulumi stack for each, from one declaration.")
    .exitOverride()
    .showHelpAfterError("(add --help for what there is)");
  for (const name of Object.keys(descriptions) as FleetCommand[]) {
    const subcommand = program
      .command(name)
      .description(descriptions[name])
      .option(
        "--declaration <file>",
        "teams, their groups and projects, and the tokens of these",
        "fleet.json",
      )
      .option("--stack <name>", "this team only; may be repeated (default: all)", append, [])
      .option("--parallel-stacks <number>", "stacks at a time, 1 to 64", wholeNumber(1, 64), 4)
      .option("--wait <seconds>", "how long to wait for a stack that is locked", wholeNumber(0, 86_400), 300)
      .addHelpText(
        "after",
        "\nEnvironment: GITLAB_TOKEN, GITLAB_BASE_URL, PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE or _FILE",
      )
      .copyInheritedSettings(program)
      .action(async (options: Options) => {
        code = await run(name, options);
      });
    if (name === "destroy") subcommand.option("--yes", "without --stack: delete every team's");
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof DeclarationError ? 2 : 1;
  }
  return code;
}

async function run(command: FleetCommand, options: Options): Promise<number> {
  if (command === "destroy" && options.stack.length === 0 && options.yes !== true) {
    throw new DeclarationError(
      "destroy deletes every team's deploy tokens; wanted: --stack <name>, or --yes",
    );
  }
  const declaration = readDeclaration(options.declaration);
  const teams = options.stack.map((name) => {
    const team = declaration.teams.find((each) => each.name === name);
    if (team === undefined)
      throw new DeclarationError(`--stack ${name}: ${options.declaration} has no such team`);
    return team;
  });
  const all = teams.length === 0 ? declaration.teams : teams;
  const interruption = new AbortController();
  // The engines get it too, and finish what they began; no further stack is started.
  process.on("SIGINT", () => interruption.abort(new Error("interrupted")));
  const { done, failed } = await runFleet(command, {
    declaration,
    teams: all,
    parallelStacks: options.parallelStacks,
    wait: options.wait * 1000,
    progress: new Progress(all.length, (line) => void process.stdout.write(`${line}\n`)),
    signal: interruption.signal,
  });
  process.stdout.write(`${command}: ${done.size} of ${all.length} stacks done, ${failed.size} failed\n`);
  return failed.size === 0 ? 0 : 1;
}

function append(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`wanted: a whole number from ${least} to ${most}`);
  };
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
