import { defaultUsername } from "../gitlab/default-username.js";
import type { DeployToken, DeployTokenSpecification } from "../gitlab/deploy-tokens.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { normalizeScopes } from "../gitlab/scopes.js";

/** The arguments of a token. A difference in any of them needs another token. */
export interface TokenArguments extends DeployTokenSpecification {
  /** As the user wrote it; a number in decimal. */
  readonly owner: string;
}

export function sameScopes(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [normalizeScopes(a), normalizeScopes(b)];
  return left.length === right.length && left.every((scope, index) => scope === right[index]);
}

/** The requested username, if GitLab (12.9) chose its own. */
export function ignoredUsername(token: DeployToken, desired: TokenArguments): string | undefined {
  return token.username === desired.username ? undefined : desired.username;
}

/**
 * Work with equal keys runs one after another, because it could confuse its tokens. Each owner has its own locks. The
 * username is left out: an old GitLab ignores it, so two creates that differ in it alone are equal there.
 */
export function lockKey({ name, scopes, expiresAt }: TokenArguments): string {
  return JSON.stringify([name, normalizeScopes(scopes), expiresAt]);
}

/** A create takes over an open request of exactly the same arguments: the search also compares the username. */
export function pendingKey(desired: TokenArguments): string {
  return `${lockKey(desired)} ${desired.username}`;
}

/** Equal for resources whose tokens may be equal in GitLab, in any spelling of the owner. */
export function equalKey(kind: OwnerKind, desired: TokenArguments): string {
  return `${kind} ${lockKey(desired)}`;
}

/** Equal for resources with equal arguments. */
export function resourceKey(kind: OwnerKind, desired: TokenArguments): string {
  return `${kind} ${desired.owner} ${lockKey(desired)}`;
}

/**
 * The arguments in which a token in GitLab differs from the desired ones. GitLab 12.9 ignores the desired username, so
 * its default is accepted for any if the response is too old to say whether the token is revoked.
 */
export function differences(token: DeployToken, desired: DeployTokenSpecification): string[] {
  const username = desired.username ?? defaultUsername(token.deployTokenId);
  const isOld = token.revoked === undefined;
  const usernameFits =
    token.username === username || (isOld && token.username === defaultUsername(token.deployTokenId));
  const show = (value: unknown) => (value === undefined ? "never" : JSON.stringify(value));
  return [
    ...(token.name === desired.name ? [] : [`name is ${show(token.name)}, not ${show(desired.name)}`]),
    ...(sameScopes(token.scopes, desired.scopes)
      ? []
      : [`scopes are ${show(normalizeScopes(token.scopes))}, not ${show(normalizeScopes(desired.scopes))}`]),
    ...(usernameFits ? [] : [`username is ${show(token.username)}, not ${show(username)}`]),
    ...(token.expiresAt === desired.expiresAt
      ? []
      : [`expiresAt is ${show(token.expiresAt)}, not ${show(desired.expiresAt)}`]),
  ];
}
