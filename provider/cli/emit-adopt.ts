import { isNumericId } from "../gitlab/owner.js";
import type { AuditedToken, AuditReport } from "./audit-report.js";

/**
 * The program that adopts what lives, has a known owner and is in none of the given stacks: after a lost state. The
 * values, which GitLab does not give, come from the stack's configuration where somebody still has them.
 */
export function emitAdopt(report: AuditReport): string {
  const lost = report.tokens.filter(
    ({ status, owner, managedBy }) => status === "active" && owner !== undefined && managedBy.length === 0,
  );
  const tokens = lost.filter(isNameable);
  const nameless = lost.filter((token) => !isNameable(token)).map(({ deployTokenId }) => deployTokenId);
  const aside =
    nameless.length === 0
      ? ""
      : `// Left out, because a program cannot say their names (blank, or longer than 255 characters): ${nameless.join(", ")}.\n`;
  const names = uniqueNames(tokens);
  const classes = [...new Set(tokens.map(className))].sort();
  if (tokens.length === 0)
    return `// No deploy token that lives and has a known owner is left to adopt.\n${aside}`;
  return `// Adopts the ${tokens.length} deploy tokens of ${report.targets.join(", ")} on ${report.baseUrl}, as of ${report.at}.
// GitLab does not give a token's value. Where it is still known, set it before pulumi up:
${names.map((name) => `//   pulumi config set --secret ${name}`).join("\n")}
// After that pulumi up, "adopt" can be removed.
${aside}import * as pulumi from "@pulumi/pulumi";
import { ${classes.join(", ")} } from "pulumi-gitlab-deploy-tokens";

const config = new pulumi.Config();
${tokens.map((token, index) => resource(token, String(names[index]))).join("")}`;
}

function resource(token: AuditedToken, name: string): string {
  const { kind, id, path = "" } = token.owner ?? {};
  const lines = [
    // A path of digits would be taken for an id.
    `${kind}: ${isNumericId(path) ? id : text(path)},`,
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

/** A string literal without what is invisible, turns the direction of writing, or ends a line for older compilers. */
function text(value: string): string {
  return JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

/** GitLab lets names be blank, and before 18 longer than it takes today. */
function isNameable({ name }: AuditedToken): boolean {
  const { length } = [...name.trim()];
  return length >= 1 && length <= 255;
}

function className({ owner }: AuditedToken): string {
  return owner?.kind === "group" ? "GroupDeployToken" : "ProjectDeployToken";
}

/** `acme-app-cluster-pull`; with its id where several would be called the same, whatever they are called by that. */
function uniqueNames(tokens: readonly AuditedToken[]): string[] {
  let names = tokens.map(({ owner, name }) => slug(`${owner?.path}-${name}`));
  for (;;) {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    if (counts.size === names.length) return names;
    names = names.map((name, index) =>
      counts.get(name) === 1 ? name : `${name}-${tokens[index]?.deployTokenId}`,
    );
  }
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
