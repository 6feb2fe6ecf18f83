import type { GitLabClient } from "./client.js";
import { type DeployToken, deployTokenRows, deployTokensPath } from "./deploy-tokens.js";
import type { Owner } from "./owner.js";
import { allPages } from "./pagination.js";

/**
 * Looks for a deploy token in the list of an owner, or of the instance. `undefined` proves that the list did not hold
 * one all the while.
 */
export async function searchList(
  gitlab: GitLabClient,
  owner: Owner | undefined,
  isWanted: (token: DeployToken) => boolean,
  signal: AbortSignal,
): Promise<DeployToken | undefined> {
  for await (const items of allPages(gitlab, deployTokensPath(owner), {}, deployTokenRows, signal)) {
    const found = items.find(isWanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
