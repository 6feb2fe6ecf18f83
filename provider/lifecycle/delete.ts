import { deleteDeployToken } from "../gitlab/deploy-tokens.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { deleteOrphan } from "./orphan.js";
import { assertGone } from "./presence.js";
import { type Properties, readState } from "./properties.js";
import { assertSameGitLab } from "./same-gitlab.js";
import type { Session } from "./session.js";

/** Success is GitLab's 204, or proof that the token is gone. */
export async function remove(kind: OwnerKind, properties: Properties, session: Session): Promise<void> {
  const state = readState(kind, properties);
  assertSameGitLab(state, session);
  const signal = session.deadline();
  const gitlab = await session.gitlab();
  const owner =
    state.ownerId === undefined
      ? await session.ledger.resolve(gitlab, { kind, id: state.owner }, signal)
      : { kind, id: state.ownerId };
  const ledger = session.ledger.of(owner);
  if (state.unsettled !== undefined) {
    await deleteOrphan(gitlab, owner, state, state.unsettled.above, ledger, signal);
  }
  if (state.deployTokenId === undefined) return;
  // --target-replace of a resource with `adopt`, or a run that was killed in it: the row that adopted it goes on.
  if (ledger.isHeldByAnother(state.deployTokenId, state.adoption)) return;
  ledger.claim(state.deployTokenId);
  try {
    await deleteDeployToken(gitlab, owner, state.deployTokenId, signal);
  } catch (error) {
    const recorded = state.ownerId !== undefined;
    await assertGone(error, gitlab, owner, state.owner, state.deployTokenId, recorded, session, signal);
  }
}
