import type { GitLabClient } from "./client.js";
import { type DeployToken, deployTokenList } from "./deploy-tokens.js";
import type { Owner } from "./owner.js";
import { allPages } from "./pagination.js";

/**
 * Searches the deploy tokens of an owner, or of the instance. `undefined` proves that no token matched during the whole
 * search.
 */
export async function searchList(
  gitlab: GitLabClient,
  owner: Owner | undefined,
  isWanted: (token: DeployToken) => boolean,
  signal: AbortSignal,
): Promise<DeployToken | undefined> {
  for await (const items of allPages(gitlab, deployTokenList(owner), signal)) {
    const found = items.find(isWanted);
    if (found !== undefined) return found;
  }
  return undefined;
}
