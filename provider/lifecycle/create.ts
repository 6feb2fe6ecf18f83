import type { dynamic } from "@pulumi/pulumi";
import { defaultUsername } from "../gitlab/default-username.js";
import type { DeployToken, NewDeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { describeOwner, type OwnerKind } from "../gitlab/owner.js";
import { resourceId } from "../resource-id.js";
import { adopt } from "./adopt.js";
import {
  differences,
  ignoredUsername,
  lockKey,
  pendingKey,
  resourceKey,
  type TokenArguments,
} from "./arguments.js";
import { PartialFailure } from "./engine/error-boundary.js";
import { messagesSent } from "./engine/log.js";
import { candidateHint, endOf, timeLeft, timeOf } from "./open-request.js";
import type { OwnerTokens } from "./run/owner-tokens.js";
import type { Session } from "./run/session.js";
import { type CreatedToken, createSafely, OpenRequestError } from "./safe-create.js";
import {
  type OpenRequest,
  type Properties,
  pendingOutputs,
  readAdoption,
  readArguments,
  tokenOutputs,
} from "./state.js";

/** Sends one POST. Everything that can fail comes before it, and nothing after it may throw. */
export async function create(
  kind: OwnerKind,
  inputs: Properties,
  session: Session,
): Promise<dynamic.CreateResult> {
  const adoption = readAdoption(inputs);
  if (adoption !== undefined) return adopt(kind, inputs, adoption, session);
  const desired = readArguments(kind, inputs);
  const owner = await session.owner(kind, desired.owner, session.deadline());
  const key = lockKey(desired);
  return owner.known.runExclusive(key, async () => {
    const before = await owner.initialTokens();
    const inherited = owner.known.takePending(pendingKey(desired));
    const warn = (created: CreatedToken) => {
      warnAboutUntracked(before, owner, desired, session);
      warnAboutCreated(created, owner, desired, session);
    };
    const { token, openRequest } = await session.interruption.runToCompletion(() =>
      createToken(owner, desired, inputs, session, inherited, warn),
    );
    const outs = tokenOutputs(inputs, owner, token, { token: token.token, openRequest });
    return { id: resourceId(desired.owner, token.deployTokenId), outs };
  });
}

/** The engine no longer records the result, so the token must not stay. */
async function undo(owner: OwnerTokens, { token, openRequest }: CreatedToken): Promise<never> {
  const { deployTokenId } = token;
  const failed = await owner.delete(deployTokenId).then(
    () => undefined,
    (error: Error) => (hasCode(error, "deploy_token_not_found") ? undefined : error),
  );
  const message =
    failed === undefined
      ? `Interrupted: deploy token ${deployTokenId} was deleted again`
      : `Interrupted: deploy token ${deployTokenId} of the ${describeOwner(owner.owner)} was created and not deleted again (${failed.message}): delete it in GitLab`;
  if (openRequest === undefined) throw new DeployTokenError("interrupted", `${message}.`);
  throw new OpenRequestError(`${message}. The response to an earlier request for it was lost.`, openRequest);
}

async function createToken(
  owner: OwnerTokens,
  desired: TokenArguments,
  inputs: Properties,
  session: Session,
  inherited: OpenRequest | undefined,
  warn: (created: CreatedToken) => void,
): Promise<CreatedToken> {
  // This create now records the request, so the deletion of the replaced resource does not wait for it.
  const takeOver = () => {
    if (inherited !== undefined) owner.known.recordHandled(pendingKey(desired), inherited);
  };
  try {
    const created = await createSafely(owner, desired, session, inherited);
    if (!session.interruption.requested) warn(created);
    // An interruption may arrive until the engine has the warnings.
    await messagesSent();
    if (session.interruption.requested) await undo(owner, created);
    takeOver();
    return created;
  } catch (error) {
    if (!(error instanceof OpenRequestError)) throw error;
    takeOver();
    const outs = pendingOutputs(inputs, owner, error.openRequest);
    throw new PartialFailure(resourceId(desired.owner, "unsettled"), outs, [error.message]);
  }
}

function warnAboutCreated(
  { token, openRequest, doubtful }: CreatedToken,
  owner: OwnerTokens,
  desired: TokenArguments,
  session: Session,
): void {
  warnAboutUsername(ignoredUsername(token, desired), session);
  if (openRequest !== undefined) warnAboutOpenRequest(owner, token, openRequest, session);
  if (doubtful.length > 0) session.log.warn(candidateHint(owner, desired.name, doubtful));
}

/** The token exists, and there may be a second one. A record of version 0.1.0 has no time, so the message names none. */
function warnAboutOpenRequest(
  { owner }: OwnerTokens,
  { deployTokenId, name }: NewDeployToken,
  openRequest: OpenRequest,
  session: Session,
): void {
  const expectation =
    timeLeft(openRequest, session) > 0
      ? `GitLab may still complete that request until ${timeOf(endOf(openRequest))} and leave a second token. Each pulumi up looks for it until one after that time finds none; pulumi destroy waits for that time.`
      : "That request may have left a second token. The next pulumi up looks for it.";
  session.log.warn(
    `Deploy token ${deployTokenId} of the ${describeOwner(owner)} (${JSON.stringify(name)}) was created, but the response to an earlier request for it was lost. ${expectation}`,
  );
}

/** A crash between the POST and the engine's checkpoint leaves a token in no state. The next create names it. */
function warnAboutUntracked(
  before: readonly DeployToken[],
  { owner, known }: OwnerTokens,
  desired: TokenArguments,
  session: Session,
): void {
  const equal = before.filter(
    (token) =>
      !token.revoked && !known.isOurs(token.deployTokenId) && differences(token, desired).length === 0,
  );
  // Each resource that this run replaces has one of these tokens.
  const replaced = session.runState.undiffedOf(resourceKey(owner.kind, desired));
  if (equal.length <= replaced) return;
  const ids = equal.map(({ deployTokenId }) => deployTokenId).join(", ");
  const them = equal.length === 1 ? "it" : "them";
  session.log.warn(
    `The ${describeOwner(owner)} already had ${equal.length === 1 ? "a deploy token" : "deploy tokens"} equal to the one created now (${JSON.stringify(desired.name)}): id ${ids}. ` +
      `If this run replaces ${them}, there is nothing to do. Otherwise an earlier run may have been killed while it created ${them}, and no state has ${them}: delete ${them} in GitLab unless something else uses ${them}.`,
  );
}

function warnAboutUsername(ignored: string | undefined, session: Session): void {
  if (ignored === undefined) return;
  session.warnOnce(
    "username",
    `This GitLab ignored the username ${JSON.stringify(ignored)} (12.9 ignores all) and chose ${defaultUsername("<id>")}: use the output "username".`,
  );
}
