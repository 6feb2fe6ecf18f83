import type { GitLabClient } from "./client.js";
import { type DeployToken, deployTokensPath, parseDeployToken } from "./deploy-tokens.js";
import type { Owner } from "./owner.js";
import { getPage } from "./pagination.js";

/**
 * Looks for a deploy token in the list of an owner, or of the instance. `undefined` proves that the list did not hold
 * one all the while: it is read from its end to its start, as ids ascend, so a row only moves to an earlier page, when
 * one before it is deleted. Read forwards it could slip by unseen.
 */
export async function searchList(
  gitlab: GitLabClient,
  owner: Owner | undefined,
  isWanted: (token: DeployToken) => boolean,
  signal: AbortSignal,
): Promise<DeployToken | undefined> {
  const read = (page: number) => getPage(gitlab, deployTokensPath(owner), {}, page, parseDeployToken, signal);
  const first = await read(1);
  const found = first.items.find(isWanted);
  if (found !== undefined || first.next === undefined) return found;
  let last = first.totalPages ?? first.next;
  // Above 10,000 rows GitLab does not count.
  for (let next = first.totalPages === undefined ? first.next : undefined; next !== undefined; ) {
    last = next;
    next = (await read(last)).next;
  }
  for (let page = last; page > 0; page--) {
    const token = (await read(page)).items.find(isWanted);
    if (token !== undefined) return token;
  }
  return undefined;
}
