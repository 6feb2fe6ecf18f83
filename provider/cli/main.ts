#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { redact } from "../gitlab/redact.js";
import { auditCommand } from "./audit.js";
import type { Console } from "./console.js";
import { pruneCommand } from "./prune.js";
import { whoseCommand } from "./whose.js";

/** The command `pulumi-gitlab-deploy-tokens`; resolves with its exit code. */
export async function main(args: readonly string[], console: Console): Promise<number> {
  let code = 0;
  const exit = (given: number) => {
    code = given;
  };
  const program = new Command("pulumi-gitlab-deploy-tokens")
    .description("GitLab deploy tokens: what is out there, what can go, and whose a leaked one is.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void console.stdout.write(text),
      writeErr: (text) => void console.stderr.write(redact(text)),
    })
    .showHelpAfterError("(add --help for what there is)");
  auditCommand(program, console, exit);
  pruneCommand(program, console, exit);
  whoseCommand(program, console, exit);
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    console.stderr.write(`error: ${redact(error instanceof Error ? error.message : String(error))}\n`);
    return 2;
  }
  return code;
}

/* v8 ignore start -- the process itself, run by test/e2e/cli.test.ts */
if (require.main === module) {
  // Whoever reads this has left, as `head` does: no stack, and not the exit code of a finding.
  process.stdout.on("error", () => process.exit(2));
  main(process.argv.slice(2), process).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 2;
    },
  );
}
