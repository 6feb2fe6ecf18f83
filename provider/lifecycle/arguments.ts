import { normalizeScopes } from "../gitlab/scopes.js";

/** The arguments that make a token: a difference in any of them is another token. */
export interface TokenArguments {
  /** As the user wrote it, in decimal where it was a number. */
  readonly owner: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly username: string | undefined;
  readonly expiresAt: string | undefined;
}

/** The username that GitLab gives where none is asked for. */
export function defaultUsername(deployTokenId: number): string {
  return `gitlab+deploy-token-${deployTokenId}`;
}

export function sameScopes(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [normalizeScopes(a), normalizeScopes(b)];
  return left.length === right.length && left.every((scope, index) => scope === right[index]);
}

/** The username that was asked for, where GitLab (12.9) chose its own. */
export function ignoredUsername(token: DescribedToken, asked: TokenArguments): string | undefined {
  return token.username === asked.username ? undefined : asked.username;
}

/**
 * Work that could take one's token for another's goes one after the other. The owner has a ledger of its own, however
 * it is written; and an old GitLab ignores the username: two creates that differ in it alone are equal there.
 */
export function turnOf({ name, scopes, expiresAt }: TokenArguments): string {
  return JSON.stringify([name, normalizeScopes(scopes), expiresAt]);
}

interface DescribedToken {
  readonly deployTokenId: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | undefined;
  readonly revoked: boolean | undefined;
}

/**
 * In which arguments a token in GitLab is not what was asked for. GitLab 12.9 ignores the username that is asked
 * for: its default is accepted for any, in an answer that is old enough not to say whether it is revoked.
 */
export function differences(token: DescribedToken, asked: Omit<TokenArguments, "owner">): string[] {
  const username = asked.username ?? defaultUsername(token.deployTokenId);
  const isOld = token.revoked === undefined;
  const usernameFits =
    token.username === username || (isOld && token.username === defaultUsername(token.deployTokenId));
  const show = (value: unknown) => (value === undefined ? "never" : JSON.stringify(value));
  return [
    ...(token.name === asked.name ? [] : [`name is ${show(token.name)}, not ${show(asked.name)}`]),
    ...(sameScopes(token.scopes, asked.scopes)
      ? []
      : [`scopes are ${show(normalizeScopes(token.scopes))}, not ${show(normalizeScopes(asked.scopes))}`]),
    ...(usernameFits ? [] : [`username is ${show(token.username)}, not ${show(username)}`]),
    ...(token.expiresAt === asked.expiresAt
      ? []
      : [`expiresAt is ${show(token.expiresAt)}, not ${show(asked.expiresAt)}`]),
  ];
}
