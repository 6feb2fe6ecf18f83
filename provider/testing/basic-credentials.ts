import { isActive } from "./access.js";
import type { DeployToken } from "./entities.js";
import type { Environment } from "./environment.js";

interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** `Authorization: Basic …`; undefined: none was sent. */
export function basicCredentials(header: string | undefined): BasicCredentials | undefined {
  const [, encoded] = /^Basic\s+(\S+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0
    ? { username: text, password: "" }
    : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The deploy token with a value, if it works now. */
export function activeToken(
  { store, clock }: Environment,
  value: string | undefined,
): DeployToken | undefined {
  const now = clock.now();
  return [...store.deployTokens.values()].find((each) => each.token === value && isActive(each, now));
}

/** `Gitlab::Auth.find_for_git_client`, for deploy tokens: value and user name fit. Scopes are looked at later. */
export function gitClient(
  environment: Environment,
  { username, password }: BasicCredentials,
): DeployToken | undefined {
  const token = activeToken(environment, password);
  const own = token?.username ?? `gitlab+deploy-token-${token?.id}`;
  return username === own ? token : undefined;
}

/** What Git and the container registry are told of credentials that do not work. */
export function accessDenied({ externalUrl }: Environment): string {
  return (
    "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. " +
    `See ${externalUrl()}/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied`
  );
}
