import { describeValue, showText } from "../describe-value.js";
import { suggest } from "../suggest.js";

/**
 * The scopes of a deploy token, in the order in which GitLab lists them.
 *
 * @see https://docs.gitlab.com/user/project/deploy_tokens/#scope
 */
export const deployTokenScopes = [
  "read_repository",
  "read_registry",
  "write_registry",
  "read_package_registry",
  "write_package_registry",
  "read_virtual_registry",
  "write_virtual_registry",
] as const;

/**
 * A scope of a deploy token: one of those that GitLab has today. GitLab gets new ones before this package knows them:
 * write one as `"read_something_new" as DeployTokenScope`. It draws a warning and is sent as it is.
 *
 * @see https://docs.gitlab.com/user/project/deploy_tokens/#scope
 */
export type DeployTokenScope = (typeof deployTokenScopes)[number];

const rank = new Map<string, number>(deployTokenScopes.map((scope, index) => [scope, index]));

export function isKnownScope(scope: string): boolean {
  return rank.has(scope);
}

/** What access tokens can do and deploy tokens cannot. https://docs.gitlab.com/user/profile/personal_access_tokens/ */
const scopesOfAccessTokens = new Set([
  "api",
  "read_api",
  "read_user",
  "write_repository",
  "sudo",
  "admin_mode",
  "create_runner",
  "manage_runner",
  "ai_features",
  "k8s_proxy",
  "read_service_ping",
  "self_rotate",
  "openid",
  "profile",
  "email",
]);

/** Why a text cannot be a scope of a deploy token; undefined for a known one, and for one that may be new. */
export function scopeProblem(scope: unknown): string | undefined {
  if (typeof scope !== "string") return `${describeValue(scope)} is not a string`;
  if (isKnownScope(scope)) return undefined;
  const given = showText(scope);
  const [separator] = /[,;|+]/.exec(scope) ?? [];
  if (separator !== undefined) {
    const what = separator === "," ? "a comma" : showText(separator);
    return `${given} contains ${what}; wanted: one element for each scope`;
  }
  if (scope === "" || /\s/.test(scope)) return `${given} is blank or contains a space`;
  if (scope === "write_repository")
    return `${given} is a scope of access tokens: deploy tokens cannot push code, an access token can`;
  if (scopesOfAccessTokens.has(scope)) return `${given} is a scope of access tokens, not of deploy tokens`;
  const meant = suggest(scope, deployTokenScopes);
  return meant === undefined ? undefined : `${given} is unknown; did you mean ${showText(meant)}?`;
}

/** The scopes without duplicates: known ones in GitLab's order, then unknown ones by name. */
export function normalizeScopes(scopes: readonly string[]): string[] {
  const position = (scope: string) => rank.get(scope) ?? rank.size;
  return [...new Set(scopes)].sort((a, b) => position(a) - position(b) || (a < b ? -1 : 1));
}

/**
 * Like `normalizeScopes`, for a value of any type. A value that is not a list of texts is returned unchanged, and `check`
 * refuses it.
 */
export function normalizeGivenScopes(given: unknown): unknown {
  const isList = Array.isArray(given) && given.every((scope) => typeof scope === "string");
  return isList ? normalizeScopes(given) : given;
}
