import { isActive } from "./access.js";
import type { DeployToken } from "./entities.js";
import type { Environment } from "./environment.js";

interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** Reads `Authorization: Basic …`. Returns undefined if the request has none. */
export function basicCredentials(header: string | undefined): BasicCredentials | undefined {
  const [, encoded] = /^Basic\s+(\S+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0
    ? { username: text, password: "" }
    : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The active deploy token with this value. */
export function activeToken(
  { store, clock }: Environment,
  value: string | undefined,
): DeployToken | undefined {
  const now = clock.now();
  return [...store.deployTokens.values()].find((each) => each.token === value && isActive(each, now));
}

/** Scopes without any use for Git and the container registry. */
const packageScopes = new Set(["read_package_registry", "write_package_registry"]);

/**
 * `Gitlab::Auth.find_for_git_client` for deploy tokens: value and username match, and at least one scope is not for
 * packages. The caller checks for the scope that a request needs.
 */
export function gitClient(
  environment: Environment,
  { username, password }: BasicCredentials,
): DeployToken | undefined {
  const token = activeToken(environment, password);
  const own = token?.username ?? `gitlab+deploy-token-${token?.id}`;
  const isForPackages = token?.scopes.every((scope) => packageScopes.has(scope));
  return username === own && !isForPackages ? token : undefined;
}

const troubleshooting = {
  git: "topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied",
  registry:
    "user/profile/account/two_factor_authentication_troubleshooting.md#error-http-basic-access-denied-if-a-password-was-provided-for-git-authentication-",
} as const;

/** GitLab's message for wrong credentials, from Git and from the logins for container images. */
export function accessDenied({ externalUrl }: Environment, page: keyof typeof troubleshooting): string {
  return (
    "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. " +
    `See ${externalUrl()}/help/${troubleshooting[page]}`
  );
}
