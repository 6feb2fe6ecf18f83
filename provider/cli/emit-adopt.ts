import type { AuditedToken, AuditReport } from "./audit-report.js";

/**
 * The program that adopts what lives, has a known owner and is in none of the given stacks: after a lost state. The
 * values, which GitLab does not give, come from the stack's configuration where somebody still has them.
 */
export function emitAdopt(report: AuditReport): string {
  const tokens = report.tokens.filter(
    ({ status, owner, managedBy }) => status === "active" && owner !== undefined && managedBy.length === 0,
  );
  const names = uniqueNames(tokens);
  const classes = [...new Set(tokens.map(className))].sort();
  if (tokens.length === 0) return "// No deploy token that lives and has a known owner is left to adopt.\n";
  return `// Adopts the ${tokens.length} deploy tokens of ${report.targets.join(", ")} on ${report.baseUrl}, as of ${report.at}.
// GitLab does not give a token's value. Where it is still known, set it before pulumi up:
${names.map((name) => `//   pulumi config set --secret ${name}`).join("\n")}
// After that pulumi up, "adopt" can be removed.
import * as pulumi from "@pulumi/pulumi";
import { ${classes.join(", ")} } from "pulumi-gitlab-deploy-tokens";

const config = new pulumi.Config();
${tokens.map((token, index) => resource(token, String(names[index]))).join("")}`;
}

function resource(token: AuditedToken, name: string): string {
  const text = (value: unknown) => JSON.stringify(value);
  const lines = [
    `${token.owner?.kind}: ${text(token.owner?.path)},`,
    `name: ${text(token.name)},`,
    `scopes: [${token.scopes.map(text).join(", ")}],`,
    ...(token.username === `gitlab+deploy-token-${token.deployTokenId}`
      ? []
      : [`username: ${text(token.username)},`]),
    ...(token.expiresAt === undefined ? [] : [`expiresAt: ${text(token.expiresAt)},`]),
    `adopt: { deployTokenId: ${token.deployTokenId}, token: config.getSecret(${text(name)}) },`,
  ];
  return `\nnew ${className(token)}(${text(name)}, {\n${lines.map((line) => `  ${line}\n`).join("")}});\n`;
}

function className({ owner }: AuditedToken): string {
  return owner?.kind === "group" ? "GroupDeployToken" : "ProjectDeployToken";
}

/** `acme-app-cluster-pull`; all with their ids where some would be called the same, or as another with its id. */
function uniqueNames(tokens: readonly AuditedToken[]): string[] {
  const plain = tokens.map(({ owner, name }) => slug(`${owner?.path}-${name}`));
  const count = new Map<string, number>();
  for (const name of plain) count.set(name, (count.get(name) ?? 0) + 1);
  const withId = (index: number) => `${plain[index]}-${tokens[index]?.deployTokenId}`;
  const names = plain.map((name, index) => (count.get(name) === 1 ? name : withId(index)));
  return new Set(names).size === names.length ? names : plain.map((_, index) => withId(index));
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
