import type { dynamic } from "@pulumi/pulumi";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { differences } from "./arguments.js";
import { adoptedToken, changedArguments } from "./diff.js";
import { PartialFailure } from "./engine/error-boundary.js";
import { migrate } from "./official-state.js";
import { endOf, hintOf, searchRecorded, timeLeft, timeOf } from "./open-request.js";
import type { Session } from "./run/session.js";
import {
  type OpenRequest,
  type OwnState,
  type Properties,
  readOwnState,
  readState,
  storedOpenRequest,
  toWire,
} from "./state.js";

/** Updates only the stored state; GitLab's token does not change. */
export async function update(
  kind: OwnerKind,
  id: string,
  olds: Properties,
  news: Properties,
  session: Session,
): Promise<dynamic.UpdateResult> {
  const { status } = readState(kind, olds);
  const outs = status === "official" ? { ...migrate(kind, id, olds), baseUrl: session.baseUrl() } : olds;
  const state = readOwnState(kind, outs);
  if (state.baseUrl !== session.baseUrl()) await assertMoved(state, session);
  const searched = await search(id, state, session);
  const isChanged = changedArguments(state, news).length > 0;
  if (isChanged) session.log.warn(`Deploy token ${id}: the changed arguments follow in the next pulumi up.`);
  const adopted = state.deployTokenId === undefined ? undefined : adoptedToken(state, news);
  const recorded = {
    ...outs,
    baseUrl: session.baseUrl(),
    ...(adopted === undefined ? {} : { token: adopted }),
    unsettled: storedOpenRequest(searched?.openRequest),
    defaultName: news["defaultName"],
    validatePastExpirationDate: news["validatePastExpirationDate"],
    // The engine stores the new inputs with this step: without a mark the next diff would see no change.
    replacementDue: isChanged ? true : undefined,
  };
  const outputs = toWire(recorded);
  // Several new tokens: the state records them, and the run must fail.
  if (searched?.problem !== undefined) throw new PartialFailure(id, outputs, [searched.problem]);
  return { outs: outputs };
}

/** Another address is configured. It must lead to the same GitLab, with the same token. */
async function assertMoved(state: OwnState, session: Session): Promise<void> {
  const fail = (verdict: string, reason: string) =>
    new DeployTokenError(
      "other_gitlab",
      `This deploy token was created on ${state.baseUrl}, but ${session.baseUrl()} is configured (gitlab:baseUrl), and ${verdict}: ${reason} ` +
        `Configure ${state.baseUrl} again, or give the resource a Provider for it.`,
    );
  const other = (reason: string) => fail("it is not the same GitLab", reason);
  const { kind, ownerId, deployTokenId, actualUsername } = state;
  if (deployTokenId === undefined || ownerId === undefined)
    throw other("the state lacks the id of the token or of its owner.");
  const owner = await session.owner(kind, ownerId, session.deadline());
  const token = await owner.get(deployTokenId).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : "unknown reason";
    if (hasCode(error, "deploy_token_not_found", "owner_not_found")) throw other(reason);
    throw fail("it cannot be checked whether it is the same GitLab", reason);
  });
  const found = differences(token, { ...state, username: actualUsername });
  if (found.length > 0) throw other(`deploy token ${deployTokenId} differs there (${found.join("; ")}).`);
}

/** Searches for the second token that an open request may have left. */
async function search(
  id: string,
  state: OwnState,
  session: Session,
): Promise<{ openRequest: OpenRequest | undefined; problem?: string } | undefined> {
  const { kind, name, ownerId, deployTokenId, openRequest } = state;
  if (ownerId === undefined || deployTokenId === undefined || openRequest === undefined) return undefined;
  const owner = await session.owner(kind, ownerId, session.deadline());
  owner.known.claim(deployTokenId);
  const found = await searchRecorded(owner, state, openRequest, session);
  const { openRequest: left } = found;
  const hint = hintOf(owner, name, found);
  if (hint?.needsDecision) return { openRequest: left, problem: `${hint.text} Run pulumi up again then.` };
  if (hint !== undefined) session.log.warn(hint.text);
  else if (left !== undefined && timeLeft(left, session) > 0) {
    session.log.warn(
      `Deploy token ${id}: GitLab may still complete an earlier request for it until ${timeOf(endOf(left))}. The first pulumi up after that time looks for the last time.`,
    );
  }
  return { openRequest: left };
}
