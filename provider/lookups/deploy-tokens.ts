import { log } from "@pulumi/pulumi";
import { now } from "../clock.js";
import { counted } from "../counted.js";
import { describeValue } from "../describe-value.js";
import type { GitLabClient } from "../gitlab/client.js";
import { instantOf, isPast } from "../gitlab/dates.js";
import { type DeployToken, listDeployTokens } from "../gitlab/deploy-tokens.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { findDeployToken } from "../gitlab/find-deploy-token.js";
import { followMove } from "../gitlab/follow-move.js";
import { describeOwner, type Owner, type OwnerKind, ownerProblem } from "../gitlab/owner.js";
import { invalid, invalidArgument } from "../invalid-argument.js";
import type {
  GetDeployTokenArgs,
  GetDeployTokenResult,
  GetDeployTokensArgs,
  GetDeployTokensResult,
} from "./types.js";

/** One token of an owner. */
export async function getOne(
  kind: OwnerKind,
  id: unknown,
  { deployTokenId, name, newest = false }: GetDeployTokenArgs,
  gitlab: GitLabClient,
  signal: AbortSignal,
): Promise<GetDeployTokenResult> {
  const owner = ownerOf(kind, id);
  if ((deployTokenId === undefined) === (name === undefined)) {
    throw invalid(
      `deployTokenId is ${describeValue(deployTokenId)} and name is ${describeValue(name)}; wanted: one of the two`,
    );
  }
  if (typeof newest !== "boolean") throw invalidArgument("newest", newest, "true or false");
  if (newest && name === undefined)
    throw invalid("newest is true with deployTokenId; wanted: newest only with name");
  if (name !== undefined) {
    const tokens = await listAt(owner, gitlab, signal);
    return newest ? findNewest(owner, name, tokens) : findByName(owner, name, tokens);
  }
  if (!Number.isSafeInteger(deployTokenId) || Number(deployTokenId) <= 0) {
    throw invalidArgument("deployTokenId", deployTokenId, "a deploy token's id, such as 4");
  }
  return toResult(
    await followMove(owner, (at) => findDeployToken(gitlab, at, Number(deployTokenId), signal)),
  );
}

/** All tokens of an owner, or of the instance (undefined). */
export async function getAll(
  owner: Owner | undefined,
  { active }: GetDeployTokensArgs,
  gitlab: GitLabClient,
  signal: AbortSignal,
): Promise<GetDeployTokensResult> {
  if (active !== undefined && typeof active !== "boolean") {
    throw invalidArgument("active", active, "true, false, or nothing for all");
  }
  // Filtered here: GitLab ignores `active=false`, and its `active=true` is only good to the day.
  const tokens = (await listAt(owner, gitlab, signal)).map(toResult);
  return { tokens: active === undefined ? tokens : tokens.filter((token) => token.active === active) };
}

export function ownerOf(kind: OwnerKind, id: unknown): Owner {
  const wanted = ownerProblem(kind, id);
  if (wanted !== undefined) throw invalidArgument(kind, id, wanted);
  return { kind, id: String(id) };
}

function listAt(owner: Owner | undefined, gitlab: GitLabClient, signal: AbortSignal): Promise<DeployToken[]> {
  if (owner === undefined) return listDeployTokens(gitlab, undefined, signal);
  return followMove(owner, (at) => listDeployTokens(gitlab, at, signal));
}

function findByName(owner: Owner, name: string, tokens: readonly DeployToken[]): GetDeployTokenResult {
  const found = tokens.filter((token) => token.name === name);
  if (found.length === 1 && found[0] !== undefined) return toResult(found[0]);
  if (found.length === 0) {
    throw new DeployTokenError(
      "deploy_token_not_found",
      `The ${describeOwner(owner)} has no deploy token named ${JSON.stringify(name)}. It has: ${listed(tokens)}.`,
    );
  }
  throw invalid(
    `name is ${JSON.stringify(name)}, which ${found.length} deploy tokens of the ${describeOwner(owner)} have: ${listed(found)}; wanted: deployTokenId, or newest: true for the newest one that works`,
  );
}

/** Ids grow: the newest token has the highest. */
function findNewest(owner: Owner, name: string, tokens: readonly DeployToken[]): GetDeployTokenResult {
  const found = tokens.filter((token) => token.name === name);
  const newest = found
    .map(toResult)
    .filter(({ active }) => active)
    .sort((a, b) => b.deployTokenId - a.deployTokenId)[0];
  if (newest !== undefined || found.length === 0) return newest ?? findByName(owner, name, tokens);
  throw new DeployTokenError(
    "deploy_token_not_found",
    `The ${describeOwner(owner)} has no deploy token named ${JSON.stringify(name)} that works. Expired or revoked: ${listed(found)}.`,
  );
}

const mostListed = 20;

function listed(tokens: readonly DeployToken[]): string {
  if (tokens.length === 0) return "none";
  const some = tokens.slice(-mostListed).map(({ deployTokenId, name }) => `${deployTokenId} (${name})`);
  const more = tokens.length - some.length;
  return `${more > 0 ? `${counted(more, "older one")}, ` : ""}${some.join(", ")}`;
}

let saidUnknownRevocation = false;

function toResult(token: DeployToken): GetDeployTokenResult {
  const { deployTokenId, name, username, scopes, expiresAt, revoked = false } = token;
  if (token.revoked === undefined && !saidUnknownRevocation) {
    saidUnknownRevocation = true;
    void log.warn(
      "This GitLab (before 13.12) does not report which deploy tokens are revoked: all count as not revoked.",
    );
  }
  // Of an expiry that cannot be read, GitLab's own word.
  const isUnreadable = expiresAt !== undefined && Number.isNaN(instantOf(expiresAt));
  const expired = isUnreadable ? token.expired === true : expiresAt !== undefined && isPast(expiresAt, now());
  return {
    deployTokenId,
    name,
    username,
    scopes: [...scopes],
    expiresAt,
    expired,
    revoked,
    active: !expired && !revoked,
  };
}
