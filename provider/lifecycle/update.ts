import type { dynamic } from "@pulumi/pulumi";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { findDeployToken } from "../gitlab/find-deploy-token.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { differences, turnOf } from "./arguments.js";
import { adoptedToken, changedArguments } from "./diff.js";
import { isForeign, migrate } from "./migrate.js";
import { deleteOrphan } from "./orphan.js";
import { type Properties, readState, type State, toWire } from "./properties.js";
import type { Session } from "./session.js";

/** Changes nothing in GitLab's token: carries the row over, and brings it up to date where it is not. */
export async function update(
  kind: OwnerKind,
  id: string,
  olds: Properties,
  news: Properties,
  session: Session,
): Promise<dynamic.UpdateResult> {
  const outs = isForeign(olds) ? { ...migrate(kind, id, olds), baseUrl: session.baseUrl() } : olds;
  const state = readState(kind, outs);
  const recorded = {
    ...outs,
    ...(state.baseUrl === session.baseUrl() ? {} : { baseUrl: await movedGitLab(kind, state, session) }),
    token: state.token ?? adoptedToken(state, news),
    unsettled: await stillUnsettled(kind, state, session),
    defaultName: news["defaultName"],
    validatePastExpirationDate: news["validatePastExpirationDate"],
    // The engine stores the new inputs with this step: without a mark the next diff would see no change.
    replacementDue: changedArguments(kind, state, news).length > 0 ? true : undefined,
  };
  if (recorded.replacementDue) {
    session.log.warn(`Deploy token ${id}: the changed arguments follow in the next pulumi up.`);
  }
  return { outs: toWire(recorded) };
}

/** Another address was configured: it must be the same GitLab, with the same token. */
async function movedGitLab(kind: OwnerKind, state: State, session: Session): Promise<string> {
  const configured = session.baseUrl();
  const signal = session.deadline();
  const gitlab = await session.gitlab();
  const fail = (verdict: string, reason: string) =>
    new DeployTokenError(
      "other_gitlab",
      `This deploy token was made on ${state.baseUrl}, but ${configured} is configured (gitlab:baseUrl), and ${verdict}: ${reason} ` +
        `Configure ${state.baseUrl} again, or give the resource a Provider for it.`,
    );
  const other = (reason: string) => fail("it is not the same GitLab", reason);
  if (state.deployTokenId === undefined || state.ownerId === undefined)
    throw other("the row is not settled.");
  const owner = { kind, id: state.ownerId };
  const token = await findDeployToken(gitlab, owner, state.deployTokenId, signal).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : "unknown reason";
    if (hasCode(error, "deploy_token_not_found", "owner_not_found")) throw other(reason);
    throw fail("whether it is the same GitLab cannot be told", reason);
  });
  const found = differences(token, { ...state, username: state.actualUsername });
  if (found.length > 0)
    throw other(`deploy token ${state.deployTokenId} is another there (${found.join("; ")}).`);
  return configured;
}

async function stillUnsettled(kind: OwnerKind, state: State, session: Session): Promise<undefined> {
  if (state.unsettled === undefined || state.ownerId === undefined || state.deployTokenId === undefined)
    return;
  const gitlab = await session.gitlab();
  const owner = { kind, id: state.ownerId };
  const ledger = session.ledger.of(owner);
  ledger.claim(state.deployTokenId);
  const { above } = state.unsettled;
  await ledger.inTurn(turnOf(state), () =>
    deleteOrphan(gitlab, owner, state, above, ledger, session.deadline()),
  );
}
