/** The username that GitLab gives a deploy token that is created without one. */
export function defaultUsername(deployTokenId: number | string): string {
  return `gitlab+deploy-token-${deployTokenId}`;
}
