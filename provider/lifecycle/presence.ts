import { deletedOwners } from "../config.js";
import type { GitLabClient } from "../gitlab/client.js";
import { type DeployToken, getDeployToken, listDeployTokens } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { describeOwner, type Owner } from "../gitlab/owner.js";
import type { Session } from "./session.js";

/** Reads one token; before GitLab 14.9 from its owner's list. */
export async function findToken(
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

/**
 * Whether an error proves that the token is gone. GitLab answers 404 also for what one cannot see, so only two
 * things do: its own 404 of the token under the owner's numeric id, and an owner that answers 404 while the
 * instance's complete list (administrators only) does not hold the token, or while a person says that it is deleted.
 *
 * @throws the error, explained, where nothing proves it
 */
export async function assertGone(
  error: unknown,
  gitlab: GitLabClient,
  owner: Owner,
  written: string,
  deployTokenId: number,
  recorded: boolean,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  if (recorded && hasCode(error, "deploy_token_not_found")) return;
  if (!hasCode(error, "deploy_token_not_found", "owner_not_found")) throw error;
  if (hasCode(error, "owner_not_found") && saidDeleted(owner, written, session)) return;
  const all = await listDeployTokens(gitlab, undefined, signal).catch(() => undefined);
  if (all !== undefined && !all.some((token) => token.deployTokenId === deployTokenId)) return;
  const key = owner.kind === "project" ? "gitlab:deletedProjects" : "gitlab:deletedGroups";
  const seen = all === undefined ? "" : " The instance's list still holds it.";
  throw new DeployTokenError(
    "out_of_sight",
    `${error.message}${seen} That does not prove that deploy token ${deployTokenId} is gone: the ${owner.kind} ${written} may be deleted, or moved or closed to this access token's user, and the token is kept in the state. ` +
      `If the ${owner.kind} is deleted, say so (pulumi config set --path '${key}[0]' ${written}, then pulumi up, or the variable ${key === "gitlab:deletedProjects" ? "GITLAB_DELETED_PROJECTS" : "GITLAB_DELETED_GROUPS"}); otherwise use an access token that sees it, or an administrator's.`,
  );
}

function saidDeleted(owner: Owner, written: string, session: Session): boolean {
  const deleted = deletedOwners(owner.kind, session.lookup, session.env);
  return deleted.includes(owner.id) || deleted.includes(written);
}
