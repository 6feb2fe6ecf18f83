import type { Command } from "commander";
import { counted } from "../counted.js";
import { registerSecret } from "../gitlab/redact.js";
import { invalid } from "../invalid-argument.js";
import { type Console, readAll } from "./console.js";
import { decodeText } from "./decode-text.js";
import { findTokens } from "./find-token.js";
import { visible } from "./formats/visible.js";
import { type ManagedToken, rotationOf } from "./managed-token.js";
import { readStacks, type StackOptions, withStacks } from "./options.js";
import { secretArgument, valueFromInput } from "./secret-argument.js";
import { quoted, shellCommand } from "./shell-command.js";
import type { StackExport } from "./stack-exports.js";

export function whoseCommand(program: Command, console: Console, exit: (code: number) => void): void {
  withStacks(program.command("whose"))
    .description("finds the stack and resource of a deploy token's value from standard input")
    .addOption(secretArgument("--token <value>", valueFromInput))
    .addHelpText("after", notes)
    .action(async (options: StackOptions) => exit(await owned(options, console)));
}

const notes = `
After a leak, paste or pipe in the value, or a text that contains it (a configuration file, a URL, base64). Never pass it
as an argument: other users of the machine can see the arguments.
  pulumi-gitlab-deploy-tokens whose --stack production < leaked.txt

The command compares the value with those in the stacks. --stack exports a stack with its secrets. A --state file must be
the output of pulumi stack export --show-secrets. The command sends no request and prints no value.

Exit code: 0 found, 1 in no given stack, 2 failed.
`;

async function owned(options: StackOptions, console: Console): Promise<number> {
  if (options.state.length + options.stack.length === 0) {
    throw invalid("No stack given; wanted: --stack NAME or --state FILE for each stack");
  }
  if (console.stdin.isTTY) console.stderr.write("The deploy token's value, then Enter and Ctrl-D: ");
  const text = decodeText(await readAll(console.stdin));
  registerSecret(text.trim());
  const exports = await readStacks(options, console.env, true);
  const values = exports.flatMap(({ tokens }) => tokens.flatMap(({ token }) => token ?? []));
  const answerOf = findTokens(text, new Set(values));
  // "Not found" would be false reassurance.
  if (answerOf === undefined) {
    throw invalid(
      "Standard input contains no deploy token's value; wanted: the value alone in one line, or a text that contains gldt-…",
    );
  }
  const found = exports.flatMap(({ tokens, selector }) =>
    tokens
      .filter(({ token }) => token !== undefined && answerOf.found.has(token))
      .map((token) => answer(token, selector)),
  );
  const searched = exports.filter(({ showsSecrets }) => showsSecrets);
  const names = searched.map(({ stack }) => visible(stack)).join(", ");
  const hidden = exports.filter(({ showsSecrets }) => !showsSecrets).map(({ stack }) => visible(stack));
  const encrypted = `secrets of ${hidden.join(", ")} are encrypted in the given export`;
  const wanted = "; wanted: pulumi stack export --show-secrets";
  if (found.length === 0 && hidden.length > 0) throw invalid(`The ${encrypted}${wanted}`);
  const others = answerOf.others.length;
  if (others > 0) {
    if (hidden.length > 0) {
      console.stderr.write(`warning: the ${encrypted}, so a value may be theirs${wanted}\n`);
    }
    warnAboutMissingValues(searched, console);
  }
  if (found.length === 0) {
    console.stdout.write(`Not found in: ${names}.\n`);
    return 1;
  }
  const aside = `${counted(others, "more value")} in the text, not found in: ${names}.\n`;
  console.stdout.write([...found, ...(others === 0 ? [] : [aside])].join("\n"));
  return 0;
}

/** A resource that was adopted or imported without its value cannot be compared. */
function warnAboutMissingValues(exports: readonly StackExport[], { stderr }: Console): void {
  const missing = exports.flatMap(({ tokens }) => tokens.filter(({ token }) => token === undefined));
  if (missing.length === 0) return;
  const named = missing.slice(0, 5).map(({ urn }) => visible(urn));
  const more = missing.length > named.length ? ", …" : "";
  stderr.write(
    `warning: ${missing.length === 1 ? "1 resource has no value in its state, so the token may be its own" : `${missing.length} resources have no value in their state, so the token may be theirs`}: ${named.join(", ")}${more}\n`,
  );
}

function answer(token: ManagedToken, selector: string): string {
  const { deployTokenId, kind, owner, name, urn } = token;
  const lines = [
    ["deploy token", `${deployTokenId ?? "unknown (open request)"} (${name}) of the ${kind} ${owner}`],
    [token.tool === "pulumi" ? "stack" : "state", token.stack],
    ["resource", urn],
    ["to rotate it", rotation(token, selector)],
  ];
  return lines.map(([label, text]) => `${`${label}:`.padEnd(14)}${visible(String(text))}\n`).join("");
}

/** The command that rotates a token: the component replaces a slot, and the engine replaces any other token. */
function rotation(token: ManagedToken, stack: string): string {
  if (token.tool === "terraform") {
    // A deposed one waits for its deletion.
    if (token.urn.includes(" (deposed ")) return "terraform apply deletes it, as does tofu apply";
    return `terraform apply -replace=${shellCommand(token.urn)}, or the same with tofu`;
  }
  const component = rotationOf(token);
  if (component !== undefined) {
    return `change rotateWhenChanged of "${component}", then: pulumi up --stack ${shellCommand(stack)}`;
  }
  const first = token.isAdopted
    ? 'remove "adopt" from the program, which would take over this token again; then: '
    : "";
  return `${first}pulumi up --stack ${shellCommand(stack)} --replace ${quoted(token.urn)}`;
}
