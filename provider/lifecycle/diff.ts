import type { dynamic } from "@pulumi/pulumi";
import { DeployTokenError } from "../gitlab/errors.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { sameScopes, type TokenArguments } from "./arguments.js";
import { isForeign } from "./migrate.js";
import { type Properties, readAdoption, readArguments, readState, type State } from "./properties.js";
import { isUnknown } from "./unknown.js";

/** Pure: the checked arguments against those that the token was made from, then what is known of the token. */
export function diff(
  kind: OwnerKind,
  olds: Properties,
  news: Properties,
  baseUrl: string,
): dynamic.DiffResult {
  // A foreign row must become ours before anything else: the engine finds our code by the row.
  if (isForeign(olds)) return { changes: true };
  const state = readState(kind, olds);
  // Update looks whether the same token is there; changed arguments follow in the next up.
  if (state.baseUrl !== undefined && state.baseUrl !== baseUrl) return { changes: true };

  const replaces = changedArguments(kind, state, news);
  refuseToReplaceAdopted(replaces, state, news);
  const tokenIsGone = state.deployTokenId === undefined || state.revoked;
  // With equal inputs the engine sees a change only if it is said outright.
  if (tokenIsGone) return { changes: true, replaces: [...replaces, state.revoked ? "revoked" : kind] };
  if (state.replacementDue && replaces.length > 0) return { changes: true, replaces };
  // Without `changes` the engine prints the inputs that differ, instead of every output.
  if (replaces.length > 0) return { replaces };
  return { changes: needsUpdate(state, news) || (isStrict(news) && !isStrict(olds)) };
}

/** The arguments in which the program asks for another token. */
export function changedArguments(kind: OwnerKind, state: State, news: Properties): string[] {
  const asked = readArguments(kind, news);
  const same: Record<keyof TokenArguments, boolean> = {
    owner: asked.owner === state.owner || asked.owner === state.ownerId,
    name: asked.name === state.name,
    scopes: sameScopes(asked.scopes, state.scopes),
    username: asked.username === state.username || asked.username === state.actualUsername,
    expiresAt: asked.expiresAt === state.expiresAt,
  };
  return (Object.keys(same) as (keyof TokenArguments)[])
    .map((key) => ({ key, property: key === "owner" ? kind : key }))
    .filter(({ key, property }) => isUnknown(news[property]) || !same[key])
    .map(({ property }) => property);
}

/** The replacement would take over the very token that it replaces. */
function refuseToReplaceAdopted(replaces: readonly string[], state: State, news: Properties): void {
  const adoption = readAdoption(news);
  if (adoption === undefined || adoption.deployTokenId !== state.deployTokenId) return;
  const causes = state.revoked ? [...replaces, "revoked"] : replaces;
  if (causes.length === 0) return;
  throw new DeployTokenError(
    "different",
    `adopt names deploy token ${adoption.deployTokenId}, which this resource already has, while another is needed (${causes.join(", ")} changed): ` +
      "remove adopt, and a new token is made and this one deleted after it.",
  );
}

/**
 * Whether the reference also finds the package in pnpm's virtual store. Read and delete run the text of the row's own
 * outputs: one that was made where the package is found by its name alone must not stay that of a strict layout.
 */
function isStrict(properties: Properties): boolean {
  return String(properties["__provider"]).includes(".pnpm");
}

function needsUpdate(state: State, news: Properties): boolean {
  return state.unsettled !== undefined || adoptedToken(state, news) !== undefined;
}

/** The value of a token that was adopted without it. */
export function adoptedToken(state: State, news: Properties): string | undefined {
  const adoption = readAdoption(news);
  return state.token === undefined && adoption?.deployTokenId === state.deployTokenId
    ? adoption?.token
    : undefined;
}
