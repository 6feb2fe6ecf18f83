import type { dynamic } from "@pulumi/pulumi";
import { DeployTokenError } from "../gitlab/errors.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { sameScopes, type TokenArguments } from "./arguments.js";
import { isUnknown } from "./engine/unknown.js";
import {
  type OwnState,
  type Properties,
  readAdoption,
  readArguments,
  readState,
  type TokenState,
  wordFor,
} from "./state.js";

/** Compares the checked arguments with the recorded ones, then the state of the token. Sends no request. */
export function diff(
  kind: OwnerKind,
  olds: Properties,
  news: Properties,
  baseUrl: string,
): dynamic.DiffResult {
  const state = readState(kind, olds);
  // The state must become this package's first: the engine finds the code by it.
  if (state.status === "official") return { changes: true };
  // update checks that the same token is there; changed arguments follow in the next up.
  if (state.baseUrl !== undefined && state.baseUrl !== baseUrl) return { changes: true };

  const replaces = changedArguments(state, news);
  switch (state.status) {
    // With equal inputs the engine sees a change only if it is reported explicitly.
    case "pending":
    case "unread":
      return { changes: true, replaces: [...replaces, kind] };
    case "revoked":
      assertNotAdopted([...replaces, "revoked"], state, news);
      return { changes: true, replaces: [...replaces, "revoked"] };
    case "active":
      assertNotAdopted(replaces, state, news);
      if (replaces.length === 0) {
        assertNotAnother(state, news);
        return { changes: needsUpdate(state, olds, news) };
      }
      // Without `changes` the engine prints the inputs that differ, instead of every output.
      return state.replacementDue ? { changes: true, replaces } : { replaces };
  }
}

/** The arguments that differ from the state's. */
export function changedArguments(state: OwnState, news: Properties): string[] {
  const desired = readArguments(state.kind, news);
  const same: Record<keyof TokenArguments, boolean> = {
    owner: desired.owner === state.owner || desired.owner === state.ownerId,
    name: desired.name === state.name,
    scopes: sameScopes(desired.scopes, state.scopes),
    username: desired.username === state.username || desired.username === state.actualUsername,
    expiresAt: desired.expiresAt === state.expiresAt,
  };
  return (Object.keys(same) as (keyof TokenArguments)[])
    .map((key) => ({ key, property: key === "owner" ? state.kind : key }))
    .filter(({ key, property }) => isUnknown(news[property]) || !same[key])
    .map(({ property }) => property);
}

/** Refuses a replacement that would adopt the token that it replaces. */
function assertNotAdopted(causes: readonly string[], state: TokenState, news: Properties): void {
  const adoption = readAdoption(news);
  if (adoption?.deployTokenId !== state.deployTokenId || causes.length === 0) return;
  throw new DeployTokenError(
    "different",
    `${wordFor(adoption)} names deploy token ${state.deployTokenId}, which this resource already has, but a new token is needed (${causes.join(", ")} changed). ` +
      `Remove ${wordFor(adoption)}: pulumi up then creates a new token and deletes this one.`,
  );
}

/** Refuses to adopt another token: adoption needs a create, and without one it would be ignored silently. */
function assertNotAnother(state: TokenState, news: Properties): void {
  const adoption = readAdoption(news);
  if (adoption === undefined || adoption.deployTokenId === state.deployTokenId) return;
  throw new DeployTokenError(
    "different",
    `${wordFor(adoption)} names deploy token ${adoption.deployTokenId}, but this resource already has deploy token ${state.deployTokenId}. ` +
      `Remove ${wordFor(adoption)} to keep it, or adopt the other one with a resource of its own.`,
  );
}

function needsUpdate(state: TokenState, olds: Properties, news: Properties): boolean {
  return (
    state.openRequest !== undefined ||
    adoptedToken(state, news) !== undefined ||
    (isStrict(news) && !isStrict(olds))
  );
}

/**
 * Whether the reference also finds the package in pnpm's virtual store. Read and delete run the text in the resource's
 * outputs, so a text that finds the package by its name alone must be replaced in a strict layout.
 */
function isStrict(properties: Properties): boolean {
  return String(properties["__provider"]).includes(".pnpm");
}

/** The value of a token that was adopted without it. */
export function adoptedToken(state: TokenState, news: Properties): string | undefined {
  const adoption = readAdoption(news);
  return state.token === undefined && adoption?.deployTokenId === state.deployTokenId
    ? adoption?.token
    : undefined;
}
