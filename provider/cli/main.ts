#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { printableMessage, redact } from "../gitlab/redact.js";
import { auditCommand } from "./audit.js";
import type { Console } from "./console.js";
import { emulatorCommand } from "./emulator.js";
import { importCommand } from "./import.js";
import { pruneCommand } from "./prune.js";
import { toOfficialCommand } from "./to-official.js";
import { whoseCommand } from "./whose.js";

/** From the package.json next to `dist` and `provider`. */
function packageVersion(): string {
  const manifest = readFileSync(join(__dirname, "..", "..", "package.json"), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

const tooMany = /^error: too many arguments for '([\w-]+)'.*/;

const wantedInstead: Readonly<Record<string, string>> = {
  audit: "--group PATH, --project PATH, --user NAME or --instance",
  prune: "--group PATH, --project PATH, --user NAME or --instance",
  whose: "the value on standard input, and --stack NAME or --state FILE",
  "to-official": "--stack NAME or --state FILE",
  emulator: "options only, such as --port NUMBER",
};

/** A name without its option. The argument may be a secret: the message does not repeat it. */
function namedInstead(text: string, command: string): string {
  const wanted = wantedInstead[command];
  return wanted === undefined ? text : `error: ${command} takes no arguments; wanted: ${wanted}`;
}

/** The command `pulumi-gitlab-deploy-tokens`; resolves with its exit code. */
export async function main(args: readonly string[], console: Console): Promise<number> {
  let code = 0;
  const exit = (given: number) => {
    code = given;
  };
  const program = new Command("pulumi-gitlab-deploy-tokens")
    .description("Find, audit, import and delete GitLab deploy tokens.")
    .version(packageVersion(), "--version", "print the version of the package")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void console.stdout.write(text),
      writeErr: (text) => void console.stderr.write(redact(text)),
      outputError: (text, write) =>
        // The value of a misspelt option may be a secret.
        write(text.replace(tooMany, namedInstead).replace(/(unknown option '--?[\w-]+)=.*'/s, "$1'")),
    })
    .showHelpAfterError("(See --help.)");
  auditCommand(program, console, exit);
  pruneCommand(program, console, exit);
  whoseCommand(program, console, exit);
  importCommand(program, console, exit);
  toOfficialCommand(program, console, exit);
  emulatorCommand(program, console);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return failed(error, console);
  }
  return code;
}

function failed(error: unknown, { stderr }: Pick<Console, "stderr">): number {
  stderr.write(`error: ${printableMessage(error instanceof Error ? error.message : String(error))}\n`);
  return 2;
}

/* v8 ignore start -- the process itself, run by test/e2e/cli.test.ts */
if (require.main === module) void run();

/** Runs the process. The exit code is 2 until the result is written. Open connections do not delay the exit. */
async function run(): Promise<void> {
  process.exitCode = 2;
  process.once("beforeExit", () =>
    process.stderr.write("error: the command ended before its work was done\n"),
  );
  let lost: string | undefined;
  // A reader that closes the pipe early (`| head`) is not a failure. A full disk is a failure.
  process.stderr.on("error", () => undefined);
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code !== "EPIPE") lost ??= code ?? "unknown reason";
  });
  const code = await main(process.argv.slice(2), process).catch((error: unknown) => failed(error, process));
  await written(process.stdout);
  if (lost !== undefined) process.stderr.write(`error: the result could not be written (${lost})\n`);
  await written(process.stderr);
  process.exit(lost === undefined ? code : 2);
}

/** Resolves when the stream has written or lost all its data. */
function written(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}
