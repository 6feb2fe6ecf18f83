import type { Command } from "commander";
import { isRecord } from "../gitlab/error-body.js";
import { escapeInvisible, visibleJson } from "../gitlab/visible.js";
import { invalid, invalidArgument } from "../invalid-argument.js";
import { kindOfType } from "../pulumi-package.js";
import type { Console } from "./console.js";
import { fieldsOf, type JsonRecord, parsed, readState, recordsOf, text } from "./deployment.js";
import { environmentsToken } from "./official-provider.js";
import { type OfficialToken, officialResources } from "./official-resources.js";
import { notEmpty } from "./options.js";
import { openOutput } from "./output-file.js";
import { shellCommand } from "./shell-command.js";
import { exportText, interruptedCreates } from "./stack-exports.js";

interface ToOfficialOptions {
  readonly stack?: string;
  readonly state?: string;
  readonly output?: string;
  readonly officialVersion: string;
}

export function toOfficialCommand(program: Command, console: Console, exit: (code: number) => void): void {
  program
    .command("to-official")
    .description("rewrites the export of a stack for @pulumi/gitlab, with the tokens and their values")
    .option("--stack <name>", "the stack; it is exported with its secrets", notEmpty)
    .option("--state <file>", "output file of pulumi stack export --show-secrets", notEmpty)
    .option("--output <file>", "write the export to this file; default: standard output", notEmpty)
    .option("--official-version <version>", "the version of @pulumi/gitlab", "10.1.1")
    .addHelpText("after", notes)
    .action(async (options: ToOfficialOptions) => exit(await rewritten(options, console)));
}

const notes = `
The result contains the tokens' values in plain text, and the access token for @pulumi/gitlab: that of the stack's
configuration, otherwise that of GITLAB_TOKEN if GITLAB_BASE_URL names the same GitLab. pulumi stack import encrypts all
of them again. Delete the file after that.
  pulumi-gitlab-deploy-tokens to-official --stack dev --output official.json
  pulumi stack import --stack dev --file official.json

The command also prints the program for @pulumi/gitlab: on standard output with --output, otherwise on standard error.

Exit code: 0 done, 2 failed.
`;

async function rewritten(options: ToOfficialOptions, console: Console): Promise<number> {
  const { stack, state, output, officialVersion: version } = options;
  if ((stack === undefined) === (state === undefined)) {
    const given = stack === undefined ? "No stack given" : "Both --stack and --state are given";
    throw invalid(`${given}; wanted: --stack NAME or --state FILE`);
  }
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    throw invalidArgument("--official-version", version, "a version such as 10.1.1");
  }
  const file = output === undefined ? undefined : await openOutput(`--output ${output}`, output, 0o600);
  const exported =
    stack === undefined ? await readState(String(state)) : await exportText(stack, true, console.env);
  const source = stack === undefined ? ["--state", String(state)] : ["--stack", stack];
  const { json, deployment, resources } = readDeployment(exported, source);
  const official = officialResources(resources, { version, env: console.env });
  if (official.tokens.length === 0) {
    throw invalid("The stack has no deploy token of this package; wanted: a stack that has one");
  }
  const result = visibleJson({ ...json, deployment: { ...deployment, resources: official.resources } });
  const program = programOf(official.tokens);
  const accessToken = environmentsToken(console.env);
  if (accessToken !== undefined && result.includes(accessToken) && !exported.includes(accessToken)) {
    console.stderr.write("warning: the result contains the access token of GITLAB_TOKEN in plain text\n");
  }
  if (file === undefined) {
    console.stdout.write(result);
    console.stderr.write(program);
  } else {
    await file.write(result);
    console.stdout.write(program);
  }
  return 0;
}

function readDeployment(exported: string, source: readonly string[]) {
  const json = parsed(exported);
  const deployment = isRecord(json) ? json["deployment"] : undefined;
  const resources = isRecord(deployment) ? recordsOf(deployment["resources"]) : undefined;
  if (!isRecord(json) || !isRecord(deployment) || resources === undefined) {
    throw invalid(
      `${source.join(" ")} is not what pulumi stack export prints; wanted: JSON with "deployment"`,
    );
  }
  const cut = interruptedCreates(deployment).filter(({ type }) => kindOfType(type) !== undefined);
  if (cut[0] !== undefined) {
    throw invalid(
      `${cut[0]["urn"]} has an interrupted create; wanted: ${auditOf(cut, source)}, then the commands that it names`,
    );
  }
  return { json, deployment, resources };
}

/** The audit that names the tokens of interrupted creates. */
function auditOf(creates: readonly JsonRecord[], source: readonly string[]): string {
  const owners = creates.map((create) => {
    const kind = kindOfType(create["type"]) ?? "project";
    return [`--${kind}`, text(fieldsOf(create, "inputs")[kind]) ?? "PATH"] as const;
  });
  const distinct = new Map(owners.map((flags) => [flags.join(" "), flags]));
  const targets = [...distinct.values()].flat();
  return shellCommand("npx", "pulumi-gitlab-deploy-tokens", "audit", ...targets, ...source);
}

function programOf(tokens: readonly OfficialToken[]): string {
  const declared = tokens.map(({ className, resource, parent, provider, inputs }) => {
    const lines = Object.entries(inputs).map(([key, value]) =>
      isRecord(value)
        ? `  // ${key}: a secret, as in the program for this package\n`
        : `  ${key}: ${literal(value)},\n`,
    );
    const below = parent === undefined ? "" : `// Its parent is: ${escapeInvisible(parent)}\n`;
    const by =
      provider === undefined
        ? ""
        : `// Its provider is: new gitlab.Provider(${literal(provider.name)}, { baseUrl: ${literal(provider.baseUrl)} })\n`;
    return `\n${below}${by}new gitlab.${className}(${literal(resource)}, {\n${lines.join("")}});\n`;
  });
  return `import * as gitlab from "@pulumi/gitlab";\n${declared.join("")}`;
}

function literal(value: unknown): string {
  return escapeInvisible(JSON.stringify(value));
}
