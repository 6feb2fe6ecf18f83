import type { GitLabClient } from "./client.js";
import { type DeployToken, deployTokensPath, listDeployTokens, parseDeployToken } from "./deploy-tokens.js";
import type { Owner } from "./owner.js";
import { getPage } from "./pagination.js";

/**
 * The end of an owner's list, where the newest tokens are: ids ascend. One GET, or two where the owner has more
 * than a page of tokens.
 */
export async function lastPage(
  gitlab: GitLabClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<DeployToken[]> {
  const path = deployTokensPath(owner);
  const first = await getPage(gitlab, path, {}, 1, parseDeployToken, signal);
  if (first.next === undefined) return first.items;
  const last =
    first.totalPages === undefined
      ? undefined
      : await getPage(gitlab, path, {}, first.totalPages, parseDeployToken, signal);
  // Tokens came or went while we looked, or GitLab does not count this many: the whole list tells.
  if (last === undefined || last.items.length === 0 || last.next !== undefined) {
    return listDeployTokens(gitlab, owner, signal);
  }
  return [...first.items, ...last.items];
}
