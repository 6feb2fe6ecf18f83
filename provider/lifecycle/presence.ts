import { deletedOwners } from "../config.js";
import type { GitLabClient } from "../gitlab/client.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { isNumericId, type Owner, type OwnerKind } from "../gitlab/owner.js";
import { searchList } from "../gitlab/search-list.js";
import { numericOwner } from "./numeric-owner.js";
import type { State } from "./properties.js";
import type { Session } from "./session.js";

/** The owner that the row recorded; for a row of the official provider, the one that its path leads to now. */
export async function recordedOwner(
  kind: OwnerKind,
  state: State,
  gitlab: GitLabClient,
  session: Session,
  signal: AbortSignal,
): Promise<Owner> {
  if (state.ownerId !== undefined) return { kind, id: state.ownerId };
  return numericOwner({ kind, id: state.owner }, gitlab, session, signal);
}

/**
 * Whether an error proves that the token is gone. GitLab answers 404 also for what one cannot see, and a path may be
 * another owner's by now, so only these do: its own 404 of the token under the owner's numeric id, and any other 404
 * while the instance's complete list (administrators only) does not hold the token, or while a person says that the
 * owner is deleted.
 *
 * @throws the error, explained, where nothing proves it
 */
export async function assertGone(
  error: unknown,
  kind: OwnerKind,
  state: State,
  gitlab: GitLabClient,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  // Under a path that was never resolved, the 404 may be that of another project.
  if (hasCode(error, "deploy_token_not_found") && isNumericId(state.ownerId ?? state.owner)) return;
  if (!hasCode(error, "deploy_token_not_found", "owner_not_found")) throw error;
  if (saidDeleted(kind, state, session)) return;
  const { deployTokenId } = state;
  const isListed = await searchList(
    gitlab,
    undefined,
    (token) => deployTokenId === undefined || token.deployTokenId === deployTokenId,
    signal,
  ).then(
    (found) => found !== undefined,
    () => undefined,
  );
  if (isListed === false) return;
  throw outOfSight(error, kind, state, isListed === true);
}

function outOfSight(
  error: DeployTokenError,
  kind: OwnerKind,
  state: State,
  isListed: boolean,
): DeployTokenError {
  const [key, variable] =
    kind === "project"
      ? ["gitlab:deletedProjects", "GITLAB_DELETED_PROJECTS"]
      : ["gitlab:deletedGroups", "GITLAB_DELETED_GROUPS"];
  const token =
    state.deployTokenId === undefined ? "the deploy token" : `deploy token ${state.deployTokenId}`;
  return new DeployTokenError(
    "out_of_sight",
    `${error.message}${isListed ? " The instance's list still holds it." : ""} That does not prove that ${token} is gone: the ${kind} ${state.owner} may be deleted, or moved or closed to this access token's user, and the token is kept in the state. ` +
      `If the ${kind} is deleted, say so (pulumi config set --path '${key}[0]' ${state.ownerId ?? state.owner}, then pulumi up, or the variable ${variable}, and take it out again after the refresh); otherwise use an access token that sees it, or an administrator's.`,
  );
}

function saidDeleted(kind: OwnerKind, state: State, session: Session): boolean {
  const deleted = deletedOwners(kind, session.lookup, session.env);
  return deleted.includes(state.owner) || (state.ownerId !== undefined && deleted.includes(state.ownerId));
}
