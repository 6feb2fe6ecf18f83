import type { GitLabClient } from "../gitlab/client.js";
import { deleteDeployToken } from "../gitlab/deploy-tokens.js";
import type { Owner, OwnerKind } from "../gitlab/owner.js";
import { turnOf } from "./arguments.js";
import { deleteOrphan } from "./orphan.js";
import { assertGone, recordedOwner } from "./presence.js";
import { type Properties, readState, type State } from "./properties.js";
import { assertSameGitLab } from "./same-gitlab.js";
import type { Session } from "./session.js";

/** Success is GitLab's 204, or proof that the token is gone. */
export async function remove(kind: OwnerKind, properties: Properties, session: Session): Promise<void> {
  const state = readState(kind, properties);
  assertSameGitLab(state, session);
  const signal = session.deadline();
  const gitlab = await session.gitlab();
  try {
    const owner = await recordedOwner(kind, state, gitlab, session, signal);
    await removeFrom(owner, state, gitlab, session, signal);
  } catch (error) {
    await assertGone(error, kind, state, gitlab, session, signal);
  }
}

async function removeFrom(
  owner: Owner,
  state: State,
  gitlab: GitLabClient,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  const ledger = session.ledger.of(owner);
  const { deployTokenId, unsettled } = state;
  if (deployTokenId !== undefined) ledger.claim(deployTokenId);
  if (unsettled !== undefined) {
    await ledger.inTurn(turnOf(state), () =>
      deleteOrphan(gitlab, owner, state, unsettled.above, ledger, signal),
    );
  }
  if (deployTokenId === undefined) return;
  // --target-replace of a resource with `adopt`, or a run that was killed in it: the row that adopted it goes on. With
  // deleteBeforeReplace that row is still to come.
  if (ledger.isHeldByAnother(deployTokenId, state.adoption) || ledger.isToBeAdopted(deployTokenId)) return;
  ledger.reads?.forget(deployTokenId);
  await deleteDeployToken(gitlab, owner, deployTokenId, signal);
}
