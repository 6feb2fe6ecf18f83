/**
 * The scopes of a deploy token, in the order in which GitLab answers them.
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

type KnownScope = (typeof deployTokenScopes)[number];

/**
 * A scope of a deploy token: one of the seven that GitLab has today, or any other string, because new ones
 * appear in GitLab first.
 *
 * @see https://docs.gitlab.com/user/project/deploy_tokens/#scope
 */
export type DeployTokenScope = KnownScope | (string & {});

const rank = new Map<string, number>(deployTokenScopes.map((scope, index) => [scope, index]));

export function isKnownScope(scope: string): boolean {
  return rank.has(scope);
}

/** The set in one order: GitLab's own, then unknown ones by name. */
export function normalizeScopes(scopes: readonly string[]): string[] {
  const position = (scope: string) => rank.get(scope) ?? rank.size;
  return [...new Set(scopes)].sort((a, b) => position(a) - position(b) || (a < b ? -1 : 1));
}
