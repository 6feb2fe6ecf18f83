import type { dynamic } from "@pulumi/pulumi";
import type { GitLabClient } from "../gitlab/client.js";
import { type DeployToken, deleteDeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { lastPage } from "../gitlab/last-page.js";
import { describeOwner, type Owner, type OwnerKind } from "../gitlab/owner.js";
import { adopt } from "./adopt.js";
import { defaultUsername, differences, ignoredUsername, type TokenArguments, turnOf } from "./arguments.js";
import type { OwnerLedger } from "./ledger.js";
import { type Minted, mint, UnsettledError } from "./mint.js";
import { numericOwner } from "./numeric-owner.js";
import { PartialFailure } from "./partial-failure.js";
import { outputsOf, type Properties, readAdoption, readArguments, resourceId, toWire } from "./properties.js";
import type { Session } from "./session.js";

/** One POST; everything that can fail comes before it, and nothing that follows may throw. */
export async function create(
  kind: OwnerKind,
  inputs: Properties,
  session: Session,
): Promise<dynamic.CreateResult> {
  const adoption = readAdoption(inputs);
  if (adoption !== undefined) return adopt(kind, inputs, adoption, session);
  const asked = readArguments(kind, inputs);
  const signal = session.deadline();
  const gitlab = await session.gitlab();
  const owner = await numericOwner({ kind, id: asked.owner }, gitlab, session, signal);
  const ledger = session.ledger.of(owner);
  return ledger.inTurn(turnOf(asked), async () => {
    const before = await ledger.before(() => lastPage(gitlab, owner, signal));
    const { token, leftover } = await session.interruption.shield(async () => {
      const minted = await makeToken(gitlab, owner, asked, inputs, session, signal);
      if (session.interruption.requested) await undo(gitlab, owner, minted, signal);
      return minted;
    });
    nameSurplus(before, owner, asked, ledger, session);
    const ignored = ignoredUsername(token, asked);
    if (ignored !== undefined) warnUsername(ignored, session);
    const outs = toWire({
      ...outputsOf(inputs),
      ...row(owner, gitlab),
      username: token.username,
      requestedUsername: ignored,
      deployTokenId: token.deployTokenId,
      revoked: token.revoked ?? false,
      token: token.token,
      unsettled: leftover?.unsettled,
    });
    const id = resourceId(asked.owner, token.deployTokenId);
    if (leftover !== undefined) {
      throw new PartialFailure(id, outs, [
        `Deploy token ${token.deployTokenId} was made, but an earlier request for it got no answer and may have left a second one: ${leftover.reason} ` +
          `${runAgain}, which looks for it.`,
      ]);
    }
    return { id, outs };
  });
}

const runAgain = "Run pulumi up again";

function row(owner: Owner, gitlab: GitLabClient): Properties {
  return { ownerId: owner.id, baseUrl: gitlab.connection.baseUrl };
}

/** The engine no longer listens: a token that it will not record must not live. */
async function undo(
  gitlab: GitLabClient,
  owner: Owner,
  { token }: Minted,
  signal: AbortSignal,
): Promise<never> {
  await deleteDeployToken(gitlab, owner, token.deployTokenId, signal);
  throw new DeployTokenError(
    "interrupted",
    `Interrupted: deploy token ${token.deployTokenId} was deleted again.`,
  );
}

async function makeToken(
  gitlab: GitLabClient,
  owner: Owner,
  asked: TokenArguments,
  inputs: Properties,
  session: Session,
  signal: AbortSignal,
): Promise<Minted> {
  try {
    return await mint(gitlab, owner, asked, session.ledger.of(owner), session.interruption, signal);
  } catch (error) {
    if (!(error instanceof UnsettledError)) throw error;
    const outs = toWire({ ...outputsOf(inputs), ...row(owner, gitlab), unsettled: error.unsettled });
    throw new PartialFailure(resourceId(asked.owner, "unsettled"), outs, [
      `${error.message} Whether GitLab made the token, or still will, is not known. ` +
        `${runAgain}, which makes the token and deletes the one that may have been left; pulumi destroy deletes it too. Until then make no equal one otherwise.`,
    ]);
  }
}

/** A crash between POST and checkpoint leaves a token that no state knows: this is how it comes to light. */
function nameSurplus(
  before: readonly DeployToken[],
  owner: Owner,
  asked: TokenArguments,
  ledger: OwnerLedger,
  session: Session,
): void {
  const equal = before.filter(
    (token) =>
      !token.revoked && !ledger.isOurs(token.deployTokenId) && differences(token, asked).length === 0,
  );
  if (equal.length === 0) return;
  const ids = equal.map(({ deployTokenId }) => deployTokenId).join(", ");
  const them = equal.length === 1 ? "it" : "them";
  session.log.warn(
    `The ${describeOwner(owner)} already had ${equal.length === 1 ? "a deploy token" : "deploy tokens"} equal to the one made now (${JSON.stringify(asked.name)}): id ${ids}. ` +
      `Where this run replaces ${them}, nothing is to do. Otherwise an earlier run may have been killed while it made ${them}, and no state knows ${them}: delete ${them} in GitLab unless something else uses ${them}.`,
  );
}

function warnUsername(username: string, session: Session): void {
  session.warnOnce(
    "username",
    `This GitLab ignored the username ${JSON.stringify(username)} (12.9 ignores all) and chose ${defaultUsername(0).replace("0", "<id>")}: use the output "username".`,
  );
}
