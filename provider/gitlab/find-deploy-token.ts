import type { GitLabClient } from "./client.js";
import { type DeployToken, getDeployToken, listDeployTokens } from "./deploy-tokens.js";
import { DeployTokenError, hasCode } from "./errors.js";
import { describeOwner, type Owner } from "./owner.js";

/** Reads one token; before GitLab 14.9 from its owner's list. */
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
    const token = (await listDeployTokens(gitlab, owner, signal)).find(
      (each) => each.deployTokenId === deployTokenId,
    );
    if (token !== undefined) return token;
    throw new DeployTokenError(
      "deploy_token_not_found",
      `The ${describeOwner(owner)} has no deploy token ${deployTokenId}.`,
    );
  }
}
