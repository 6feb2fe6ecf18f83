import type { Command } from "commander";
import { DeployTokenError } from "../gitlab/errors.js";
import { registerSecret } from "../gitlab/redact.js";
import { type Console, readAll } from "./console.js";
import { printable } from "./formats/table.js";
import { readStacks, type StackOptions, withStacks } from "./options.js";
import { type ManagedToken, rotationOf } from "./stack-exports.js";

export function whoseCommand(command: Command, console: Console, exit: (code: number) => void): Command {
  const whose = command
    .command("whose")
    .description("finds the stack and resource of a deploy token's value, which is read from standard input");
  withStacks(whose)
    .addHelpText("after", notes)
    .action(async (options: StackOptions) => exit(await owned(options, console)));
  return command;
}

const notes = `
After a leak: paste the value, or pipe it in; never give it as an argument, which others on the machine can see.
  pulumi-gitlab-deploy-tokens whose --stack production < leaked.txt

Values are compared with those that the stacks keep: --stack asks Pulumi to show its secrets, a --state file must have
been written by pulumi stack export --show-secrets. Nothing is sent anywhere, no value is printed.

Exit code: 0 found, 1 in none of the given stacks, 2 failed.
`;

async function owned(options: StackOptions, console: Console): Promise<number> {
  if (options.state.length + options.stack.length === 0) {
    throw new DeployTokenError(
      "invalid_argument",
      "Nowhere to look; wanted: --stack NAME or --state FILE, for each stack",
    );
  }
  if (console.stdin.isTTY) console.stderr.write("The deploy token's value, then Enter and Ctrl-D: ");
  const value = (await readAll(console.stdin)).trim();
  // Two values, another encoding: "in none" would be a false comfort.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new DeployTokenError(
      "invalid_argument",
      "Standard input holds no single value of a deploy token; wanted: the value alone, in UTF-8, in one line",
    );
  }
  registerSecret(value);
  const exports = await readStacks(options, console.env, true);
  const found = exports.flatMap(({ tokens, selector }) =>
    tokens.filter(({ token }) => token === value).map((token) => answer(token, selector)),
  );
  if (found.length > 0) {
    console.stdout.write(found.join("\n"));
    return 0;
  }
  const hidden = exports.filter(({ showsSecrets }) => !showsSecrets).map(({ stack }) => stack);
  if (hidden.length > 0) {
    throw new DeployTokenError(
      "invalid_argument",
      `The secrets of ${hidden.join(", ")} are encrypted in the given export; wanted: pulumi stack export --show-secrets`,
    );
  }
  console.stdout.write(`In none of: ${exports.map(({ stack }) => stack).join(", ")}.\n`);
  return 1;
}

function answer(token: ManagedToken, selector: string): string {
  const { deployTokenId, kind, owner, name, urn } = token;
  const lines = [
    ["deploy token", `${deployTokenId ?? "not settled"} (${name}) of the ${kind} ${owner}`],
    ["stack", token.stack],
    ["resource", urn],
    ["to rotate it", rotation(token, selector)],
  ];
  return lines.map(([label, text]) => `${`${label}:`.padEnd(14)}${printable(String(text))}\n`).join("");
}

/** A slot of a rotation is replaced by its component; the engine replaces anything else. */
function rotation(token: ManagedToken, stack: string): string {
  const component = rotationOf(token);
  if (component !== undefined) {
    return `give "${component}" another rotateWhenChanged, then: pulumi up --stack ${quoted(stack)}`;
  }
  const first = token.isAdopted
    ? 'remove "adopt" if the program still says so, or this token is taken over again; then: '
    : "";
  return `${first}pulumi up --stack ${quoted(stack)} --replace ${quoted(token.urn)}`;
}

function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
