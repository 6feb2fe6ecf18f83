import type { GitLabClient } from "../gitlab/client.js";
import { type DeployToken, deleteDeployToken, listDeployTokens } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { describeOwner, type Owner } from "../gitlab/owner.js";
import { differences, type TokenArguments } from "./arguments.js";
import type { OwnerLedger } from "./ledger.js";

/**
 * Finds the token of a POST whose answer was lost, and deletes it. It is ours only if it is equal in every
 * argument, younger than all that was known when the POST was sent, not this run's own, and the only such one.
 *
 * @returns its id, or undefined where GitLab made none
 * @throws `undecided` with the ids where there are several: none is touched
 */
export async function deleteOrphan(
  gitlab: GitLabClient,
  owner: Owner,
  asked: TokenArguments,
  above: number,
  ledger: OwnerLedger,
  signal: AbortSignal,
): Promise<number | undefined> {
  const tokens = await listDeployTokens(gitlab, owner, signal);
  const candidates = tokens.filter(
    (token) =>
      token.deployTokenId > above &&
      !ledger.isOurs(token.deployTokenId) &&
      differences(token, asked).length === 0,
  );
  const [orphan, ...others] = candidates;
  if (orphan === undefined) return undefined;
  if (others.length > 0) throw undecided(owner, candidates);
  await deleteDeployToken(gitlab, owner, orphan.deployTokenId, signal).catch((error: unknown) => {
    if (!hasCode(error, "deploy_token_not_found")) throw error;
  });
  return orphan.deployTokenId;
}

function undecided(owner: Owner, candidates: readonly DeployToken[]): DeployTokenError {
  const ids = candidates.map(({ deployTokenId }) => deployTokenId).join(", ");
  return new DeployTokenError(
    "undecided",
    `GitLab's answer to the creation of a deploy token was lost, and the ${describeOwner(owner)} has several equal new ones (ids ${ids}): ` +
      "one may be surplus, and nothing tells which. None was deleted and none more was made: see which are in use, delete the others, and run pulumi up again.",
  );
}
