import type { dynamic } from "@pulumi/pulumi";
import type { OwnerKind } from "../gitlab/owner.js";
import { sameScopes, type TokenArguments } from "./arguments.js";
import { isForeign } from "./migrate.js";
import { type Properties, readArguments, readState, type State } from "./properties.js";
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
  const tokenIsGone = state.deployTokenId === undefined || state.revoked;
  // With equal inputs the engine sees a change only if it is said outright.
  if (tokenIsGone) return { changes: true, replaces: [...replaces, state.revoked ? "revoked" : kind] };
  if (state.replacementDue && replaces.length > 0) return { changes: true, replaces };
  // Without `changes` the engine prints the inputs that differ, instead of every output.
  if (replaces.length > 0) return { replaces };
  return { changes: needsUpdate(state, news) };
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

function needsUpdate(state: State, news: Properties): boolean {
  const adopt = news["adopt"] as { token?: unknown } | undefined;
  return state.unsettled !== undefined || (state.token === undefined && adopt?.token !== undefined);
}
