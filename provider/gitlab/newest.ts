import type { GitLabClient } from "./client.js";
import { type DeployToken, deployTokenList, listDeployTokens } from "./deploy-tokens.js";
import type { Owner } from "./owner.js";
import { getPage, perPage } from "./pagination.js";

/** The end of an owner's list. */
export interface Newest {
  /** By ascending id: at least the newest hundred, if there are as many. */
  readonly tokens: readonly DeployToken[];
  /** The number of the last page. */
  readonly lastPage: number;
}

/**
 * The newest tokens of an owner: at least a hundred, and all with a higher id than `afterId`. Ids ascend, so the list is
 * read from its last page backwards, where a token moves when an older one is deleted. One GET for an owner of up to
 * a hundred tokens.
 */
export async function newestTokens(
  gitlab: GitLabClient,
  owner: Owner,
  afterId: number,
  signal: AbortSignal,
): Promise<Newest> {
  const read = (page: number) => getPage(gitlab, deployTokenList(owner), page, signal);
  const first = await read(1);
  if (first.next === undefined) return { tokens: first.items, lastPage: 1 };
  const found = new Map(first.items.map((token) => [token.deployTokenId, token]));
  // GitLab does not count lists of more than 10,000 entries.
  if (first.totalPages === undefined) return whole(gitlab, owner, signal);
  for (let page = first.totalPages, newer = 0; page > 1; page--) {
    const { items, next } = await read(page);
    // Tokens came or went during the requests: the whole list decides.
    if (items.length === 0 || (page === first.totalPages && next !== undefined))
      return whole(gitlab, owner, signal);
    for (const token of items) found.set(token.deployTokenId, token);
    newer += items.length;
    if (newer >= perPage && (items[0] as DeployToken).deployTokenId <= afterId) break;
  }
  const tokens = [...found.values()].sort((a, b) => a.deployTokenId - b.deployTokenId);
  return { tokens, lastPage: first.totalPages };
}

/** The last page alone, if the list still ends there: enough to learn the highest id. */
export async function lastPageOnly(
  gitlab: GitLabClient,
  owner: Owner,
  page: number,
  signal: AbortSignal,
): Promise<Newest | undefined> {
  const { items, next } = await getPage(gitlab, deployTokenList(owner), page, signal);
  const isLast = next === undefined && (items.length > 0 || page === 1);
  return isLast ? { tokens: items, lastPage: page } : undefined;
}

async function whole(gitlab: GitLabClient, owner: Owner, signal: AbortSignal): Promise<Newest> {
  const tokens = await listDeployTokens(gitlab, owner, signal);
  return { tokens, lastPage: Math.max(1, Math.ceil(tokens.length / perPage)) };
}
