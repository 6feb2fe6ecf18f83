import type { GitLabClient, GitLabResponse } from "./client.js";
import { readExpiry } from "./dates.js";
import { isRecord } from "./error-body.js";
import { DeployTokenError, hasCode } from "./errors.js";
import { type Owner, ownerPath } from "./owner.js";
import { archivedGroup } from "./owners.js";
import { listPages, type SortedList } from "./pagination.js";
import { registerSecret } from "./redact.js";

/** A deploy token as GitLab describes it, without its value. */
export interface DeployToken {
  readonly deployTokenId: number;
  readonly name: string;
  readonly username: string;
  /** As in `2027-01-31T00:00:00.000Z`; undefined for a token that never expires. */
  readonly expiresAt: string | undefined;
  readonly scopes: readonly string[];
  /** Undefined before GitLab 13.12, which does not tell. */
  readonly revoked: boolean | undefined;
  /** GitLab's own flag, true from the day after the expiry; undefined before GitLab 13.12. */
  readonly expired: boolean | undefined;
}

/** A deploy token that was just created: the only response with the token's value. */
export interface NewDeployToken extends DeployToken {
  readonly token: string;
}

export interface DeployTokenSpecification {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly username: string | undefined;
  readonly expiresAt: string | undefined;
}

export function deployTokensPath(owner: Owner | undefined): string {
  return `${owner === undefined ? "" : ownerPath(owner)}/deploy_tokens`;
}

/** https://docs.gitlab.com/api/deploy_tokens/#create-a-project-deploy-token */
export async function createDeployToken(
  gitlab: GitLabClient,
  owner: Owner,
  specification: DeployTokenSpecification,
  signal: AbortSignal,
  isCurrent: () => boolean = () => true,
): Promise<NewDeployToken> {
  const { name, scopes, username = "", expiresAt = "" } = specification;
  // GitLab 12.9 requires all four keys; no later version minds an empty one.
  const fields = { name, scopes, username, expires_at: expiresAt };
  const path = deployTokensPath(owner);
  const { body, malformed } = await gitlab
    .request({ method: "POST", path, body: fields, isCurrent }, signal)
    .catch((error: unknown) => explainRefusal(error, gitlab, owner, signal));
  const token = isRecord(body) ? body["token"] : undefined;
  if (typeof token !== "string" || token === "") throw malformed("it has no token value");
  registerSecret(token);
  return { ...parseDeployToken(body, malformed), token };
}

/** https://docs.gitlab.com/api/deploy_tokens/#retrieve-a-project-deploy-token (GitLab 14.9 and later) */
export async function getDeployToken(
  gitlab: GitLabClient,
  owner: Owner,
  deployTokenId: number,
  signal: AbortSignal,
): Promise<DeployToken> {
  const path = `${deployTokensPath(owner)}/${deployTokenId}`;
  const { body, malformed } = await gitlab.request({ method: "GET", path }, signal);
  const token = parseDeployToken(body, malformed);
  if (token.deployTokenId !== deployTokenId) throw malformed("it describes another token");
  return token;
}

/**
 * Success is GitLab's 204, or a 404 after an attempt that may have deleted the token: the client sends a DELETE again.
 *
 * @see https://docs.gitlab.com/api/deploy_tokens/#delete-a-project-deploy-token
 */
export async function deleteDeployToken(
  gitlab: GitLabClient,
  owner: Owner,
  deployTokenId: number,
  signal: AbortSignal,
): Promise<void> {
  await gitlab
    .request({ method: "DELETE", path: `${deployTokensPath(owner)}/${deployTokenId}` }, signal)
    .catch((error: unknown) => {
      const isDone = hasCode(error, "deploy_token_not_found") && error.mayHaveActed;
      return isDone ? undefined : explainRefusal(error, gitlab, owner, signal);
    });
}

/** A group that is archived, or below one that is, refuses writes like one where the role is too low. */
async function explainRefusal(
  error: unknown,
  gitlab: GitLabClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<never> {
  if (!hasCode(error, "forbidden") || owner.kind !== "group") throw error;
  const archived = await archivedGroup(gitlab, owner, signal).catch(() => undefined);
  if (archived === undefined) throw error;
  const { method = "", path = "", status = 403 } = error;
  throw new DeployTokenError(
    "forbidden",
    `${method} ${path} failed: 403 Forbidden. The group ${archived.path} is archived: GitLab creates and deletes no deploy token in it or below it, for any role. Unarchive it first.`,
    { method, path, status },
  );
}

/**
 * All deploy tokens of an owner, or of the whole instance (administrators only), by ascending id.
 *
 * @see https://docs.gitlab.com/api/deploy_tokens/#list-all-deploy-tokens
 */
export function listDeployTokens(
  gitlab: GitLabClient,
  owner: Owner | undefined,
  signal: AbortSignal,
): Promise<DeployToken[]> {
  return listPages(gitlab, deployTokenList(owner), signal);
}

/** The list of an owner's deploy tokens, or of the instance's. */
export function deployTokenList(owner: Owner | undefined): SortedList<DeployToken> {
  return {
    path: deployTokensPath(owner),
    parse: parseDeployToken,
    idOf: ({ deployTokenId }) => deployTokenId,
    isAppendOnly: true,
  };
}

function parseDeployToken(wire: unknown, malformed: GitLabResponse["malformed"]): DeployToken {
  if (!isRecord(wire)) throw malformed("it is not a deploy token");
  const { id, name, username, scopes, expires_at: expiry, revoked, expired } = wire;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0)
    throw malformed("its id is not a number");
  if (typeof name !== "string") throw malformed("its name is not a string");
  if (typeof username !== "string") throw malformed("its username is not a string");
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === "string")) {
    throw malformed("its scopes are not strings");
  }
  return {
    deployTokenId: id,
    name,
    username,
    scopes: scopes as string[],
    expiresAt: readExpiry(expiry),
    revoked: typeof revoked === "boolean" ? revoked : undefined,
    expired: typeof expired === "boolean" ? expired : undefined,
  };
}
