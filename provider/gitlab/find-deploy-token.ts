import type { GitLabClient } from "./client.js";
import { type DeployToken, getDeployToken } from "./deploy-tokens.js";
import { DeployTokenError, hasCode } from "./errors.js";
import { describeOwner, type Owner } from "./owner.js";
import { searchList } from "./search-list.js";

/** Reads one token; before GitLab 14.9, which has no GET of one token, from its owner's list. */
export async function findDeployToken(
  gitlab: GitLabClient,
  owner: Owner,
  deployTokenId: number,
  signal: AbortSignal,
): Promise<DeployToken> {
  try {
    return await getDeployToken(gitlab, owner, deployTokenId, signal);
  } catch (error) {
    if (!hasCode(error, "route_not_found")) throw error;
    return findInList(gitlab, owner, deployTokenId, signal);
  }
}

/** Reads one token from its owner's list; a token that the list lacks does not exist. */
export async function findInList(
  gitlab: GitLabClient,
  owner: Owner,
  deployTokenId: number,
  signal: AbortSignal,
): Promise<DeployToken> {
  const token = await searchList(gitlab, owner, (each) => each.deployTokenId === deployTokenId, signal);
  if (token === undefined) throw notListed(owner, deployTokenId);
  return token;
}

export function notListed(owner: Owner, deployTokenId: number): DeployTokenError {
  const message = `The ${describeOwner(owner)} has no deploy token ${deployTokenId}.`;
  return new DeployTokenError("deploy_token_not_found", message);
}
