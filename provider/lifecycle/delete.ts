import { DeployTokenError } from "../gitlab/errors.js";
import { describeOwner, type OwnerKind } from "../gitlab/owner.js";
import { pendingKey } from "./arguments.js";
import { assertDeleted, assertSameGitLab, assertSameToken } from "./deletion-proof.js";
import { endOf, hintOf, oldestForDeletion, searchRecorded, timeLeft, timeOf } from "./open-request.js";
import type { OwnerTokens } from "./run/owner-tokens.js";
import type { Session } from "./run/session.js";
import { type OpenRequest, type OwnState, type Properties, readOwnState, type TokenState } from "./state.js";

/** The interval of messages during a wait, in milliseconds. */
const announcement = 30_000;

/** Success is GitLab's 204, or proof that the token is gone. */
export async function remove(kind: OwnerKind, properties: Properties, session: Session): Promise<void> {
  const state = readOwnState(kind, properties);
  if (state.status === "unread") return;
  assertSameGitLab(state, session);
  // Before anything is awaited: the engine deletes several resources at the same time.
  if (state.ownerId !== undefined)
    session.runState.of({ kind, id: state.ownerId }).recordNamed(state.openRequest);
  const signal = session.deadline();
  try {
    const owner = await session.owner(kind, state.ownerId ?? state.owner, signal);
    if (state.status !== "pending") owner.known.claim(state.deployTokenId);
    if (state.openRequest !== undefined) await settle(owner, state, state.openRequest, session);
    if (state.status !== "pending") await deleteToken(owner, state, session);
  } catch (error) {
    await assertDeleted(error, state, session, signal);
  }
}

async function deleteToken(owner: OwnerTokens, state: TokenState, session: Session): Promise<void> {
  const { deployTokenId, adoption } = state;
  // After --target-replace of a resource with `adopt`, or a run that was killed in it, another resource has the token.
  if (owner.known.isHeldByAnother(deployTokenId, adoption)) return;
  if (owner.known.isToBeAdopted(deployTokenId)) {
    // With deleteBeforeReplace, that resource comes later. With --continue-on-error, it may have failed.
    session.log.info(
      `Deploy token ${deployTokenId} of the ${describeOwner(owner.owner)} was not deleted, because a resource of the program adopts it. If that resource fails, run pulumi up again.`,
    );
    return;
  }
  assertSameToken(await owner.readTwice(deployTokenId), state);
  await owner.delete(deployTokenId);
}

/**
 * Deletes the token that an open request left. The resource stays in the state until GitLab can no longer complete the
 * request. Until then this waits, and says so.
 */
async function settle(
  owner: OwnerTokens,
  state: OwnState,
  openRequest: OpenRequest,
  session: Session,
): Promise<void> {
  if (owner.known.isHandled(pendingKey(state), openRequest)) return;
  const until = session.time.elapsed() + timeLeft(openRequest, session);
  for (let open = openRequest; ; ) {
    const search = () => searchRecorded(owner, state, open, session, oldestForDeletion);
    const found = await owner.confirmAbsence(search);
    const { openRequest: left } = found;
    const hint = hintOf(owner, state.name, found);
    if (hint?.needsDecision) throw undecidedError(hint.text, found.doubtful);
    if (hint !== undefined) session.log.warn(hint.text);
    if (left === undefined || timeLeft(left, session) <= 0 || session.time.elapsed() >= until) return;
    open = left;
    await wait(owner, state, open, session);
  }
}

/** A deletion cannot record the tokens that it named. A later one could delete the token that a person kept. */
function undecidedError(message: string, doubtful: readonly number[]): DeployTokenError {
  const record =
    doubtful.length > 0
      ? "First run pulumi refresh, which records their ids: none of them is deleted then. "
      : "";
  return new DeployTokenError(
    "undecided",
    `${message} The resource stays in the state. ${record}Repeat the deletion once at most one of them is left.`,
  );
}

async function wait(
  { owner, signal }: OwnerTokens,
  { name }: OwnState,
  openRequest: OpenRequest,
  session: Session,
): Promise<void> {
  for (let left = timeLeft(openRequest, session); left > 0; left -= announcement) {
    session.log.info(
      `Waiting until ${timeOf(endOf(openRequest))}: until then GitLab may still complete a request for ${JSON.stringify(name)} of the ${describeOwner(owner)}, whose response was lost. Interrupting keeps the resource in the state.`,
    );
    await session.time.sleep(Math.min(announcement, left), signal);
  }
}
