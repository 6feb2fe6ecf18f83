import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { registerSecret } from "../gitlab/redact.js";
import { invalid, invalidArgument } from "../invalid-argument.js";
import { askHidden } from "./ask-hidden.js";
import { type Console, readAll } from "./console.js";
import { decodeText } from "./decode-text.js";
import { type ImportFile, importEntry, isValue, pulumiImportFile, readImportFile } from "./import-file.js";
import { notEmpty } from "./options.js";
import { namingOption } from "./output-file.js";
import { secretArgument, valueFromInput } from "./secret-argument.js";

interface ImportOptions {
  readonly file?: string;
  /** False for --no-value. */
  readonly value: boolean;
  readonly protect?: string | true;
  readonly stack?: string;
  readonly provider?: string;
  readonly parent?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly skipPreview?: boolean;
  readonly previewOnly?: boolean;
  /** False for --no-generate-code. */
  readonly generateCode: boolean;
}

export function importCommand(program: Command, console: Console, exit: (code: number) => void): void {
  program
    .command("import")
    .description("imports existing deploy tokens into a stack, with their values (wraps pulumi import)")
    .argument("[class]", "ProjectDeployToken or GroupDeployToken")
    .argument("[name]", "the resource's name in the program")
    .argument("[id]", "the project or group and the deploy token's id, such as acme/app:42")
    .option(
      "--file <file>",
      "Pulumi's import file, in which each resource can also have its token (the value)",
      notEmpty,
    )
    .option("--no-value", "import without the value; standard input is not read")
    .option("--stack <name>", "the stack; default: the current one", notEmpty)
    .option("--provider <name=urn>", "the Provider of another GitLab, as pulumi import takes it")
    .option("--parent <name=urn>", "the component above the resource, as pulumi import takes it")
    .option("--out <file>", "write the generated program to this file", notEmpty)
    .option("--no-generate-code", "print no program")
    .addOption(
      new Option(
        "--protect [boolean]",
        "protect the resource, which also stops its rotation (default: false)",
      ).choices(["true", "false"]),
    )
    .option("--preview-only", "import nothing")
    .option("--skip-preview", "import without a preview")
    .option("--yes", "import without a confirmation")
    .addHelpText("after", notes)
    .addOption(secretArgument("--token <value>", valueFromInput))
    .action(
      async (className: string | undefined, name: string | undefined, id: string | undefined, options) =>
        exit(await imported({ className, name, id }, options as ImportOptions, console)),
    );
}

const notes = `
Run the command in the folder of the Pulumi program, with this package installed. GitLab does not return a token's value,
so the command reads it from standard input. On a terminal it prompts without echo:
  pulumi-gitlab-deploy-tokens import ProjectDeployToken pull acme/app:42 --yes < value.txt

--file reads several tokens with their values from a file:
  {"resources": [{"type": "ProjectDeployToken", "name": "pull", "id": "acme/app:42", "token": "gldt-..."}]}

The connection to GitLab comes from the configuration of the stack, or from GITLAB_TOKEN and GITLAB_BASE_URL.

Exit code: that of Pulumi; 2 if Pulumi did not start.
`;

interface Inline {
  readonly className: string | undefined;
  readonly name: string | undefined;
  readonly id: string | undefined;
}

async function imported(inline: Inline, options: ImportOptions, console: Console): Promise<number> {
  const isTerminal = console.stdin.isTTY === true;
  const asksNothing = options.yes || options.skipPreview || options.previewOnly;
  if (!isTerminal && !asksNothing) {
    throw invalid("Not a terminal, so the import cannot be confirmed; wanted: --yes or --preview-only");
  }
  const file = await importFile(inline, options, console);
  for (const { token } of file.entries) registerSecret(token);
  const values = new Map(file.entries.map(({ id, token }) => [id, token]));
  const { serveImport } = await import("../import/server.js");
  const temporary = `A file in the temporary folder ${tmpdir()} (TMPDIR)`;
  const folder = await namingOption(temporary, () => mkdtemp(join(tmpdir(), "deploy-token-import-")));
  const server = await serveImport({ value: (id) => values.get(id), env: console.env });
  try {
    const path = join(folder, "import.json");
    await namingOption(temporary, () => writeFile(path, pulumiImportFile(file), { mode: 0o600 }));
    return await runPulumi(["import", "--file", path, ...flags(options)], server.port, console);
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function importFile(inline: Inline, options: ImportOptions, console: Console): Promise<ImportFile> {
  const { className, name, id } = inline;
  const isInline = className !== undefined || options.provider !== undefined || options.parent !== undefined;
  if (options.file !== undefined) {
    if (isInline)
      throw invalid(
        "--file cannot be combined with a class, --provider or --parent, which the file contains",
      );
    const file = await readImportFile(options.file);
    if (options.value) return file;
    return { ...file, entries: file.entries.map((entry) => ({ ...entry, token: undefined })) };
  }
  if (className === undefined || name === undefined || id === undefined) {
    const missing =
      className === undefined ? "class, name and id" : name === undefined ? "name and id" : "id";
    throw invalid(`Missing: ${missing}; wanted: CLASS NAME ID, such as ProjectDeployToken pull acme/app:42`);
  }
  const nameTable: Record<string, string> = {};
  const named = (role: "provider" | "parent"): Record<string, string> => {
    const given = options[role];
    if (given === undefined) return {};
    const [, variable = role, urn] = /^(?:([^=:]+)=)?(urn:.+)$/.exec(given) ?? [];
    if (urn === undefined) throw invalidArgument(`--${role}`, given, "NAME=URN");
    nameTable[variable] = urn;
    return { [role]: variable };
  };
  const entry = importEntry("import", {
    type: className,
    name,
    id,
    ...named("provider"),
    ...named("parent"),
  });
  const token = options.value ? await readValue(console) : undefined;
  return { entries: [{ ...entry, token }], nameTable };
}

/** Undefined for an empty input: the value is unknown. */
async function readValue(console: Console): Promise<string | undefined> {
  const value = (
    console.stdin.isTTY
      ? await askHidden(console, "Deploy token's value (empty to import without it): ")
      : decodeText(await readAll(console.stdin))
  ).trim();
  if (value === "") return undefined;
  if (isValue(value)) return value;
  throw invalid("Standard input is not a deploy token's value; wanted: the value alone, in one line");
}

function flags(options: ImportOptions): string[] {
  const { protect = "false" } = options;
  return [
    `--protect=${protect}`,
    `--generate-code=${options.generateCode}`,
    ...(options.stack === undefined ? [] : ["--stack", options.stack]),
    ...(options.out === undefined ? [] : ["--out", options.out]),
    ...(options.yes ? ["--yes"] : []),
    ...(options.skipPreview ? ["--skip-preview"] : []),
    ...(options.previewOnly ? ["--preview-only"] : []),
  ];
}

/** Runs Pulumi, which finds the project and logs in as usual. Its confirmation uses the terminal. */
async function runPulumi(args: readonly string[], port: number, console: Console): Promise<number> {
  const others = (console.env["PULUMI_DEBUG_PROVIDERS"] ?? "")
    .split(",")
    .filter((each) => each !== "" && !each.startsWith("pulumi-nodejs:"));
  const PULUMI_DEBUG_PROVIDERS = [...others, `pulumi-nodejs:${port}`].join(",");
  const isProcess = console.stdin === process.stdin;
  const stdin = isProcess && console.stdin.isTTY ? "inherit" : "ignore";
  // Ctrl-C also reaches Pulumi, which ends the import. The server must respond until then.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      const child = spawn("pulumi", args, {
        env: { ...console.env, PULUMI_DEBUG_PROVIDERS },
        stdio: [stdin, isProcess ? "inherit" : "pipe", isProcess ? "inherit" : "pipe"],
      });
      child.stdout?.on("data", (chunk: Buffer) => console.stdout.write(chunk));
      child.stderr?.on("data", (chunk: Buffer) => console.stderr.write(chunk));
      child.on("error", (error) => {
        const reason =
          "code" in error && error.code === "ENOENT" ? "pulumi is not on the PATH" : error.message;
        reject(invalid(`pulumi import cannot be run: ${reason}`));
      });
      child.on("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 2)));
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}
