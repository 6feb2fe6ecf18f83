import { log } from "@pulumi/pulumi";
import { now } from "../clock.js";
import type { GitLabClient } from "../gitlab/client.js";
import { isPast } from "../gitlab/dates.js";
import { type DeployToken, listDeployTokens } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { findDeployToken } from "../gitlab/find-deploy-token.js";
import { describeOwner, type Owner, type OwnerKind, ownerProblem } from "../gitlab/owner.js";
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
  { deployTokenId, name }: GetDeployTokenArgs,
  gitlab: GitLabClient,
  signal: AbortSignal,
): Promise<GetDeployTokenResult> {
  const owner = ownerOf(kind, id);
  if ((deployTokenId === undefined) === (name === undefined)) {
    throw invalid(
      `deployTokenId is ${JSON.stringify(deployTokenId)} and name is ${JSON.stringify(name)}; wanted: one of the two`,
    );
  }
  if (name !== undefined) return one(owner, name, await listAt(owner, gitlab, signal));
  if (!Number.isSafeInteger(deployTokenId) || Number(deployTokenId) <= 0) {
    throw invalid(
      `deployTokenId is ${JSON.stringify(deployTokenId)}; wanted: a deploy token's id, such as 4`,
    );
  }
  return described(
    await following(owner, (at) => findDeployToken(gitlab, at, Number(deployTokenId), signal)),
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
    throw invalid(`active is ${JSON.stringify(active)}; wanted: true, false, or nothing for all`);
  }
  // Filtered here: GitLab ignores `active=false`, and its `active=true` is only good to the day.
  const tokens = (await listAt(owner, gitlab, signal)).map(described);
  return { tokens: active === undefined ? tokens : tokens.filter((token) => token.active === active) };
}

export function ownerOf(kind: OwnerKind, id: unknown): Owner {
  const wanted = ownerProblem(kind, id);
  if (wanted !== undefined) throw invalid(`${kind} is ${JSON.stringify(id)}; wanted: ${wanted}`);
  return { kind, id: String(id) };
}

function listAt(owner: Owner | undefined, gitlab: GitLabClient, signal: AbortSignal): Promise<DeployToken[]> {
  if (owner === undefined) return listDeployTokens(gitlab, undefined, signal);
  return following(owner, (at) => listDeployTokens(gitlab, at, signal));
}

/** A project's old path leads to its numeric id, as in a browser. */
async function following<T>(owner: Owner, ask: (at: Owner) => Promise<T>): Promise<T> {
  try {
    return await ask(owner);
  } catch (error) {
    if (!hasCode(error, "moved") || error.movedTo === undefined) throw error;
    return ask({ kind: owner.kind, id: error.movedTo });
  }
}

function one(owner: Owner, name: string, tokens: readonly DeployToken[]): GetDeployTokenResult {
  const found = tokens.filter((token) => token.name === name);
  if (found.length === 1 && found[0] !== undefined) return described(found[0]);
  if (found.length === 0) {
    throw new DeployTokenError(
      "deploy_token_not_found",
      `The ${describeOwner(owner)} has no deploy token named ${JSON.stringify(name)}. It has: ${listed(tokens)}.`,
    );
  }
  throw invalid(
    `name is ${JSON.stringify(name)}, which ${found.length} deploy tokens of the ${describeOwner(owner)} have: ${listed(found)}; wanted: deployTokenId`,
  );
}

const mostListed = 20;

function listed(tokens: readonly DeployToken[]): string {
  if (tokens.length === 0) return "none";
  const some = tokens.slice(-mostListed).map(({ deployTokenId, name }) => `${deployTokenId} (${name})`);
  const more = tokens.length - some.length;
  return `${more > 0 ? `${more} older ones, ` : ""}${some.join(", ")}`;
}

let saidUnknownRevocation = false;

function described(token: DeployToken): GetDeployTokenResult {
  const { deployTokenId, name, username, scopes, expiresAt, revoked = false } = token;
  if (token.revoked === undefined && !saidUnknownRevocation) {
    saidUnknownRevocation = true;
    void log.warn(
      "This GitLab (before 13.12) does not say which deploy tokens are revoked: all are taken as not revoked.",
    );
  }
  const expired = expiresAt !== undefined && isPast(expiresAt, now());
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

function invalid(message: string): DeployTokenError {
  return new DeployTokenError("invalid_argument", message);
}
