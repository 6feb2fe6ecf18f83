/** `acme/app:4`: the owner as written, and the token; `acme/app:unsettled` while no token is known. */
export function resourceId(owner: string, deployTokenId: number | "unsettled"): string {
  return `${owner}:${deployTokenId}`;
}

interface ResourceId {
  /** Undefined in an id of `@pulumi/gitlab` that is the token's id alone. */
  readonly owner: string | undefined;
  /** Undefined in an id without a known token. */
  readonly deployTokenId: number | undefined;
}

// The old DeployToken of @pulumi/gitlab wrote `project:acme/app:4`, or the token's id alone.
const pattern = /^(?:(?:project|group):)?(?:(.+):)?(\d+|unsettled)$/;

/** The id of a resource of this package or of `@pulumi/gitlab`. */
export function parseResourceId(id: string): ResourceId | undefined {
  const [, owner, token] = pattern.exec(id) ?? [];
  if (token === undefined) return undefined;
  return { owner, deployTokenId: token === "unsettled" ? undefined : Number(token) };
}
