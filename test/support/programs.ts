/** A program with one deploy token and its outputs. */
export function tokenProgram(
  args: Readonly<Record<string, unknown>>,
  { name = "pull", opts = "{}", more = "" }: { name?: string; opts?: string; more?: string } = {},
): string {
  const Class = "group" in args ? "GroupDeployToken" : "ProjectDeployToken";
  return `import * as pulumi from "@pulumi/pulumi";
import { GroupDeployToken, ProjectDeployToken, Provider } from "pulumi-gitlab-deploy-tokens";
${more}
const token = new ${Class}(${JSON.stringify(name)}, ${literal(args)}, ${opts});
export const id = token.id;
export const value = token.token;
export const username = token.username;
export const deployTokenId = token.deployTokenId;
export const expiresAt = token.expiresAt;
export const expired = token.expired;
export const revoked = token.revoked;
void [pulumi, GroupDeployToken, ProjectDeployToken, Provider];
`;
}

/** Strings that start with "=" are code. */
function literal(value: unknown): string {
  if (typeof value === "string" && value.startsWith("=")) return value.slice(1);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, each]) => `${key}: ${literal(each)}`)
      .join(", ")} }`;
  }
  return JSON.stringify(value) ?? "undefined";
}

/** The number of occurrences of a secret in a text. */
export function occurrences(text: string, secret: string): number {
  return text.split(secret).length - 1;
}
