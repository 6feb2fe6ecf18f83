import { isRecord } from "./answer.js";
import type { GitLabAnswer, GitLabClient, GitLabRequest } from "./client.js";
import { normalizeInstant } from "./dates.js";
import { invalidResponse } from "./failure.js";
import { type Owner, ownerPath } from "./owner.js";
import { listPages, type Rows } from "./pagination.js";
import { registerSecret } from "./redact.js";

/** A deploy token as GitLab describes it; never its value. */
export interface DeployToken {
  readonly deployTokenId: number;
  readonly name: string;
  readonly username: string;
  /** `2027-01-31T00:00:00.000Z`; undefined: never. */
  readonly expiresAt: string | undefined;
  readonly scopes: readonly string[];
  /** Undefined where GitLab is older than 13.12, which does not say. */
  readonly revoked: boolean | undefined;
  /** GitLab's own flag, true from the day after the expiry; undefined before 13.12. */
  readonly expired: boolean | undefined;
}

/** The one answer that holds the token's value. */
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
): Promise<NewDeployToken> {
  const request: GitLabRequest = {
    method: "POST",
    path: deployTokensPath(owner),
    body: {
      name: specification.name,
      scopes: specification.scopes,
      // Empty when unset: GitLab 12.9 requires both keys, no later one minds.
      username: specification.username ?? "",
      expires_at: specification.expiresAt ?? "",
    },
  };
  const answer = await gitlab.request(request, signal);
  const token = isRecord(answer.body) ? answer.body["token"] : undefined;
  if (typeof token !== "string" || token === "")
    throw malformed(gitlab, request, answer, "it holds no token");
  registerSecret(token);
  return { ...parseDeployToken(gitlab, request, answer, answer.body), token };
}

/** https://docs.gitlab.com/api/deploy_tokens/#retrieve-a-project-deploy-token (GitLab 14.9 and later) */
export async function getDeployToken(
  gitlab: GitLabClient,
  owner: Owner,
  deployTokenId: number,
  signal: AbortSignal,
): Promise<DeployToken> {
  const request: GitLabRequest = { method: "GET", path: `${deployTokensPath(owner)}/${deployTokenId}` };
  const answer = await gitlab.request(request, signal);
  const token = parseDeployToken(gitlab, request, answer, answer.body);
  if (token.deployTokenId !== deployTokenId)
    throw malformed(gitlab, request, answer, "it is another token's");
  return token;
}

/** Success is GitLab's 204. https://docs.gitlab.com/api/deploy_tokens/#delete-a-project-deploy-token */
export async function deleteDeployToken(
  gitlab: GitLabClient,
  owner: Owner,
  deployTokenId: number,
  signal: AbortSignal,
): Promise<void> {
  await gitlab.request({ method: "DELETE", path: `${deployTokensPath(owner)}/${deployTokenId}` }, signal);
}

/**
 * All deploy tokens of an owner, or of the whole instance (administrators only), by ascending id.
 *
 * @see https://docs.gitlab.com/api/deploy_tokens/#list-all-deploy-tokens
 */
export async function listDeployTokens(
  gitlab: GitLabClient,
  owner: Owner | undefined,
  signal: AbortSignal,
): Promise<DeployToken[]> {
  return listPages(gitlab, deployTokensPath(owner), {}, deployTokenRows, signal);
}

/** Of every list of deploy tokens. */
export const deployTokenRows: Rows<DeployToken> = {
  parse: parseDeployToken,
  idOf: ({ deployTokenId }) => deployTokenId,
  isAppendOnly: true,
};

export function parseDeployToken(
  gitlab: GitLabClient,
  request: GitLabRequest,
  answer: GitLabAnswer,
  wire: unknown,
): DeployToken {
  const wrong = (what: string) => malformed(gitlab, request, answer, what);
  if (!isRecord(wire)) throw wrong("it is not a deploy token");
  const { id, name, username, scopes, expires_at: expiry, revoked, expired } = wire;
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0) throw wrong("its id is not a number");
  if (typeof name !== "string") throw wrong("its name is not a string");
  if (typeof username !== "string") throw wrong("its username is not a string");
  if (!Array.isArray(scopes) || !scopes.every((scope) => typeof scope === "string")) {
    throw wrong("its scopes are not strings");
  }
  const expiresAt = typeof expiry === "string" ? normalizeInstant(expiry) : undefined;
  if (expiresAt === undefined && expiry !== null && expiry !== undefined)
    throw wrong("its expiry is not a date-time");
  return {
    deployTokenId: id,
    name,
    username,
    scopes: scopes as string[],
    expiresAt,
    revoked: typeof revoked === "boolean" ? revoked : undefined,
    expired: typeof expired === "boolean" ? expired : undefined,
  };
}

function malformed(gitlab: GitLabClient, request: GitLabRequest, answer: GitLabAnswer, what: string): Error {
  return invalidResponse(request, gitlab.connection, answer.status, what);
}
