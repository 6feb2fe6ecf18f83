import { counted } from "../counted.js";
import type { AuditedToken, Finding } from "./audit-report.js";
import type { SearchOptions } from "./options.js";
import { shellCommand } from "./shell-command.js";
import type { StackExport } from "./stack-exports.js";

/** When somebody has to act: something fails already, something will fail, or nothing fails. */
export type Urgency = "now" | "soon" | "later";

/** The most urgent findings first. */
export const urgencies: Readonly<Record<Finding, Urgency>> = {
  "expired-in-stack": "now",
  "revoked-in-stack": "now",
  "gone-in-stack": "now",
  "open-request": "now",
  expiring: "soon",
  "left-by-killed-run": "soon",
  unknown: "later",
  "never-expires": "later",
  "may-write": "later",
  expired: "later",
  revoked: "later",
};

export const findingsByUrgency = Object.keys(urgencies) as Finding[];

/** The most urgent finding of a token; undefined for a token without findings. */
export function urgencyOf({ findings }: AuditedToken): Urgency | undefined {
  const first = findingsByUrgency.find((finding) => findings.includes(finding));
  return first === undefined ? undefined : urgencies[first];
}

/** What this audit was given, for the commands that follow it. */
export interface AuditCall {
  /** Flags of the connection: `["--base-url", "https://gitlab.acme.test", "--insecure"]`. */
  readonly connection: readonly string[];
  /** Flags that name what was looked through: `["--group", "acme", "--recursive"]`. */
  readonly targets: readonly string[];
  /** Flags that name the stacks: `["--stack", "production"]`. */
  readonly stacks: readonly string[];
  /** The stacks that are states of Terraform or OpenTofu, by their names in the report. */
  readonly terraform: readonly string[];
  /** What `pulumi --stack` takes, by the name of the stack in the report. */
  readonly selectors: Readonly<Record<string, string>>;
}

/** The flags of this audit. The address is always one of them: whoever runs the command may have another default. */
export function auditCall(
  options: SearchOptions,
  exports: readonly StackExport[],
  baseUrl: string,
): AuditCall {
  const { cacertFile, insecure, retries, instance, group, recursive, project, user, allowIncomplete } =
    options;
  const flags = (name: string, values: readonly string[]) => values.flatMap((value) => [`--${name}`, value]);
  const given = (name: string, value: string | undefined) => flags(name, value === undefined ? [] : [value]);
  const set = (name: string, isSet: boolean | undefined) => (isSet ? [`--${name}`] : []);
  return {
    connection: [
      ...given("base-url", baseUrl),
      ...given("cacert-file", cacertFile),
      ...set("insecure", insecure),
      ...given("retries", retries),
    ],
    targets: [
      ...set("instance", instance),
      ...flags("group", group),
      ...set("recursive", recursive),
      ...flags("project", project),
      ...flags("user", user),
      ...set("allow-incomplete", allowIncomplete),
    ],
    stacks: [...flags("state", options.state), ...flags("stack", options.stack)],
    terraform: exports.filter(({ tool }) => tool === "terraform").map((each) => each.stack),
    selectors: Object.fromEntries(exports.map((each) => [each.stack, each.selector])),
  };
}

/** What to do about a finding. */
interface NextStep {
  /** What the tokens have in common; a number goes before it. */
  readonly title: string;
  readonly advice: string;
  readonly commands: readonly string[];
}

/** The next step for all tokens of a report that have the finding. */
export function nextStep(finding: Finding, tokens: readonly AuditedToken[], call: AuditCall): NextStep {
  const hasStacks = call.stacks.length > 0;
  const own = (name: string, ...flags: readonly string[]) => [
    shellCommand(
      ...["npx", "pulumi-gitlab-deploy-tokens", name, ...call.connection, ...call.targets],
      // Without a stack, no token is known to be in none.
      ...(hasStacks ? call.stacks : ["--stack", "NAME"]),
      ...flags,
    ),
  ];
  const which = hasStacks ? "" : ", with each stack that has deploy tokens in place of NAME";
  const up = (title: string, advice: string): NextStep => ({
    title,
    ...updates(finding, advice, tokens, call),
  });
  const isOnlyTerraform = hasStacks && stacksOf(tokens).every((stack) => call.terraform.includes(stack));
  const key = isOnlyTerraform ? "expires_at" : "expiresAt";
  const date = `Set a later ${key} in the program${isOnlyTerraform ? "" : " (a rotating token needs none)"}, then run`;
  switch (finding) {
    case "expired-in-stack":
      return up("expired, but still in a stack", `Whatever uses the token fails. ${date}`);
    case "revoked-in-stack":
    case "gone-in-stack": {
      const what = finding === "gone-in-stack" ? "gone from GitLab" : "revoked";
      return up(
        `${what}, but still in a stack`,
        "Whatever uses the token fails. This run creates a new one in its place",
      );
    }
    case "open-request":
      return up(
        "with an open request",
        "GitLab may have created a second token, which no one uses. This run finds and deletes it",
      );
    case "expiring":
      return up("about to expire", date);
    case "left-by-killed-run":
      return {
        title: "left by a killed run",
        advice:
          "The token works, and no stack has it. Run this before the next pulumi up, then what the note names:",
        commands: own("prune", "--left-by-killed-run"),
      };
    case "unknown": {
      const title = "in none of the given stacks";
      const isAdoptable = ({ status, owner, findings }: AuditedToken) =>
        status === "active" && owner !== undefined && !findings.includes("left-by-killed-run");
      if (!tokens.some(isAdoptable)) {
        const advice =
          "None of them can be adopted: each is dead, left by a killed run, or of an unknown owner.";
        return { title, advice, commands: [] };
      }
      return {
        title,
        advice:
          "Delete in GitLab what no one uses. This writes a program that adopts the others into a stack:",
        commands: own("audit", "--emit", "adopt", "--output", "adopted.ts"),
      };
    }
    case "never-expires":
      return up(
        "without an expiry",
        `A leaked token works until someone deletes it. Set ${key}${isOnlyTerraform ? "" : ", or use a rotating token"}, then run`,
      );
    case "may-write":
      return up("with write access", "Remove the write scopes that nothing needs, then run");
    case "expired":
    case "revoked": {
      const title = hasStacks ? `${finding}, in none of the given stacks` : finding;
      if (tokens.every(({ owner }) => owner === undefined)) {
        const advice =
          "They give no access any more. GitLab deletes a token through its project or group, which is unknown.";
        return { title, advice, commands: [] };
      }
      return {
        title,
        advice: `They give no access any more. This lists what can be deleted${which}; without --dry-run it deletes:`,
        commands: own("prune", "--dry-run"),
      };
    }
  }
}

/** Commands of more stacks than this are not listed. */
const mostStacks = 3;

/** The runs of Pulumi and Terraform that deal with the finding, one for each stack. */
function updates(
  finding: Finding,
  advice: string,
  tokens: readonly AuditedToken[],
  call: AuditCall,
): Pick<NextStep, "advice" | "commands"> {
  const isTerraform = (stack: string) => call.terraform.includes(stack);
  // Terraform's states have no open requests.
  const stacks = stacksOf(tokens).filter((stack) => finding !== "open-request" || !isTerraform(stack));
  if (stacks.length === 0) {
    const where = call.stacks.length > 0 ? "No given stack has them" : "No stack was given";
    return { advice: `${where}: change them where they are managed.`, commands: [] };
  }
  const commandOf = (stack: string) => {
    const resources = tokens.flatMap(({ managedBy }) => managedBy.filter((each) => each.stack === stack));
    const revoked = finding === "revoked-in-stack" ? resources.map(({ urn }) => urn) : [];
    return isTerraform(stack)
      ? terraformApply(revoked)
      : pulumiUp(call.selectors[stack] ?? stack, isMissing(finding), revoked);
  };
  const shown = stacks.slice(0, mostStacks);
  const all = shown.map(commandOf);
  const isAmbiguous = (command: string | undefined) => all.filter((each) => each === command).length > 1;
  const elsewhere = shown.filter((stack, index) => isTerraform(stack) || isAmbiguous(all[index]));
  const folders = elsewhere.length === 0 ? "" : ` (in the folder of each program: ${elsewhere.join(", ")})`;
  const more = stacks.length - shown.length;
  const others = more === 0 ? "" : `, and for ${counted(more, "more stack")}`;
  const unmanaged = tokens.filter(({ managedBy }) => managedBy.length === 0).length;
  const aside =
    unmanaged === 0 ? "" : `No given stack has ${unmanaged} of them: change those where they are managed. `;
  return { advice: `${aside}${advice}${folders}${others}:`, commands: [...new Set(all)] };
}

function isMissing(finding: Finding): boolean {
  return finding === "gone-in-stack" || finding === "revoked-in-stack";
}

/** The official providers keep a revoked token: it must be named. */
function pulumiUp(selector: string, isMissing: boolean, revoked: readonly string[]): string {
  const official = revoked.filter((urn) => !urn.includes("pulumi-nodejs:dynamic/"));
  return shellCommand(
    ...["pulumi", "up", ...(isMissing ? ["--refresh"] : []), "--stack", selector],
    ...official.flatMap((urn) => ["--replace", urn]),
  );
}

function terraformApply(revoked: readonly string[]): string {
  // Any run deletes a deposed one.
  const current = revoked.filter((address) => !address.includes(" (deposed "));
  return shellCommand("terraform", "apply", ...current.map((address) => `-replace=${address}`));
}

function stacksOf(tokens: readonly AuditedToken[]): string[] {
  return [...new Set(tokens.flatMap(({ managedBy }) => managedBy.map(({ stack }) => stack)))].sort();
}
