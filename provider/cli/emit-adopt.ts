import { counted } from "../counted.js";
import { defaultUsername } from "../gitlab/default-username.js";
import { escapeInvisible } from "../gitlab/visible.js";
import type { AuditReport } from "./audit-report.js";
import { type AdoptableToken, adoptableTokens, leftOutReason } from "./emit-selection.js";

/**
 * The program that adopts what lives, has a known owner and is in no given stack: after a lost state. The
 * values, which GitLab does not give, come from the stack's configuration where somebody still has them.
 */
export async function emitAdopt(report: AuditReport): Promise<string> {
  const { tokens, leftOut } = await adoptableTokens(report);
  const aside = leftOut.length === 0 ? "" : `// Left out, because ${leftOutReason}: ${leftOut.join(", ")}.\n`;
  const classes = [...new Set(tokens.map(({ className }) => className))].sort();
  if (tokens.length === 0) return `// No active deploy token with a known owner is left to adopt.\n${aside}`;
  return `// Adopts ${counted(tokens.length, "deploy token")} of ${report.targets.join(", ")} on ${report.baseUrl}, as of ${report.at}.
// GitLab does not give a token's value. Where it is still known, set it before pulumi up:
${tokens.map(({ name }) => `//   pulumi config set --secret ${name}`).join("\n")}
// After that pulumi up, "adopt" can be removed.
${aside}import * as pulumi from "@pulumi/pulumi";
import { ${classes.join(", ")} } from "pulumi-gitlab-deploy-tokens";

const config = new pulumi.Config();
${tokens.map(resource).join("")}`;
}

function resource({ token, owner, className, name, written }: AdoptableToken): string {
  const lines = [
    `${owner.kind}: ${typeof written === "number" ? written : text(written)},`,
    `name: ${text(token.name)},`,
    `scopes: [${token.scopes.map(text).join(", ")}],`,
    ...(token.username === defaultUsername(token.deployTokenId)
      ? []
      : [`username: ${text(token.username)},`]),
    ...(token.expiresAt === undefined ? [] : [`expiresAt: ${text(token.expiresAt)},`]),
    `adopt: { deployTokenId: ${token.deployTokenId}, token: config.getSecret(${text(name)}) },`,
  ];
  return `\nnew ${className}(${text(name)}, {\n${lines.map((line) => `  ${line}\n`).join("")}});\n`;
}

function text(value: string): string {
  return escapeInvisible(JSON.stringify(value));
}
