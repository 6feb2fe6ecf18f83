import { deletedOwners } from "../config.js";
import type { DeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { isNumericId } from "../gitlab/owner.js";
import { searchList } from "../gitlab/search-list.js";
import { settings } from "../settings.js";
import { differences } from "./arguments.js";
import type { Session } from "./run/session.js";
import type { OwnState, TokenState } from "./state.js";

/** Refuses to read, delete or drop a token of another GitLab than the configured one. */
export function assertSameGitLab(state: OwnState, session: Session): void {
  const configured = session.baseUrl();
  if (state.baseUrl === undefined || state.baseUrl === configured) return;
  throw new DeployTokenError(
    "other_gitlab",
    `This deploy token was created on ${state.baseUrl}, but ${configured} is configured (gitlab:baseUrl). ` +
      `If that is the same GitLab under a new address, run pulumi up, which checks it and records the new address; otherwise configure ${state.baseUrl}.`,
  );
}

/**
 * Refuses a token that differs from the state. After a restore from a backup GitLab assigns ids again, and another
 * GitLab may answer under the same address. Such a token is neither read into the state, replaced nor deleted.
 */
export function assertSameToken(token: DeployToken, state: TokenState): void {
  const username = state.actualUsername === "" ? token.username : state.actualUsername;
  const found = differences(token, { ...state, username });
  if (found.length === 0) return;
  throw new DeployTokenError(
    "different",
    `Deploy token ${state.deployTokenId} of the ${state.kind} ${state.owner} is not the one in the state: ${found.join("; ")}. ` +
      `GitLab may have been restored from a backup, or another GitLab answers at ${state.baseUrl ?? "this address"}. That token was left alone. ` +
      "If the one in the state no longer exists, remove the resource from the state (pulumi state delete URN), and pulumi up creates a new one.",
  );
}

/**
 * Returns if an error proves that the token is gone. GitLab also answers 404 for an owner that the access token's user
 * cannot see, and a path may belong to another owner now. Proof is GitLab's own 404 of the token under the owner's
 * numeric id. Another 404 is proof if the instance's complete list (administrators only) lacks the token, or if a person
 * confirms that the owner is deleted.
 *
 * @throws the error, explained, if nothing proves it
 */
export async function assertDeleted(
  error: unknown,
  state: OwnState,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  // Under a path that was never resolved, the 404 may be that of another project.
  if (hasCode(error, "deploy_token_not_found") && isNumericId(state.ownerId ?? state.owner)) return;
  if (!hasCode(error, "deploy_token_not_found", "owner_not_found")) throw error;
  if (isDeclaredDeleted(state, session)) return;
  const isListed = await searchList(
    await session.gitlab(),
    undefined,
    (token) => mayBe(token, state),
    signal,
  ).then(
    (found) => found !== undefined,
    () => undefined,
  );
  if (isListed === false) return;
  throw outOfSight(error, state, isListed === true);
}

function outOfSight(error: DeployTokenError, state: OwnState, isListed: boolean): DeployTokenError {
  const { kind, owner, ownerId, deployTokenId } = state;
  const { key, env: variable } = settings[kind === "project" ? "deletedProjects" : "deletedGroups"];
  const token = deployTokenId === undefined ? "the deploy token" : `deploy token ${deployTokenId}`;
  return new DeployTokenError(
    "out_of_sight",
    `${error.message}${isListed ? " The instance's list still contains it." : ""} That does not prove that ${token} is gone: the ${kind} ${owner} may be deleted, or moved or closed to this access token's user, and the token is kept in the state. ` +
      `If the ${kind} is deleted, confirm it (pulumi config set --path '${key}[0]' ${ownerId ?? owner}, then pulumi up, or the variable ${variable}), and remove the setting after the refresh. Otherwise use an access token that sees it, or an administrator's.`,
  );
}

/** Whether a token is the one in the state, or one that its open request may have left. */
function mayBe(token: DeployToken, state: OwnState): boolean {
  if (state.status !== "pending") return token.deployTokenId === state.deployTokenId;
  return token.deployTokenId > state.openRequest.afterId && differences(token, state).length === 0;
}

/** By the numeric id if it is recorded: a path may be another owner's now. */
function isDeclaredDeleted({ kind, owner, ownerId = owner }: OwnState, session: Session): boolean {
  return deletedOwners(kind, session.lookup, session.env).includes(ownerId);
}
