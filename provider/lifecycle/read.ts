import type { dynamic } from "@pulumi/pulumi";
import type { DeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { notListed } from "../gitlab/find-deploy-token.js";
import { isNumericId, type OwnerKind } from "../gitlab/owner.js";
import { normalizeScopes } from "../gitlab/scopes.js";
import { parseResourceId } from "../resource-id.js";
import { assertDeleted, assertSameGitLab, assertSameToken } from "./deletion-proof.js";
import { recordCandidates } from "./open-request.js";
import type { OwnerTokens } from "./run/owner-tokens.js";
import type { Session } from "./run/session.js";
import {
  inputsOf,
  type OwnState,
  type Properties,
  readOwnState,
  storedOpenRequest,
  type TokenState,
  toWire,
} from "./state.js";

/** The current resource, or an empty id if the token is gone. GitLab never returns the token's value. */
export async function read(
  kind: OwnerKind,
  id: string,
  properties: Properties,
  session: Session,
): Promise<dynamic.ReadResult> {
  const state = readOwnState(kind, properties);
  switch (state.status) {
    case "pending":
      return toReadResult(kind, id, await withCandidates(state, properties, session));
    case "unread":
      return get(kind, id, properties, session);
    default:
      return refresh(id, state, properties, session);
  }
}

async function refresh(
  id: string,
  state: TokenState,
  properties: Properties,
  session: Session,
): Promise<dynamic.ReadResult> {
  const { kind, deployTokenId } = state;
  assertSameGitLab(state, session);
  const signal = session.deadline();
  try {
    const owner = await session.owner(kind, state.ownerId ?? state.owner, signal);
    owner.known.claim(deployTokenId);
    const [token] = await Promise.all([
      owner.readTwice(deployTokenId),
      lookAtOwner(owner, state.owner, session),
    ]);
    assertSameToken(token, state);
    if (token.revoked === undefined) warnAboutRevocation(session);
    return toReadResult(kind, id, {
      ...(await withCandidates(state, properties, session)),
      ownerId: owner.owner.id,
      baseUrl: session.baseUrl(),
      username: token.username,
      revoked: token.revoked ?? state.status === "revoked",
    });
  } catch (error) {
    await assertDeleted(error, state, session, signal);
    if (state.openRequest === undefined) return { id: "", props: {} };
    // A later search must still find the token of the open request: the state becomes that of a failed create.
    const pending = { username: state.username, deployTokenId: undefined, token: undefined };
    return toReadResult(kind, id, { ...properties, ...pending });
  }
}

/** Adds the ids of several tokens that an open request may have left. A failed search does not fail the refresh. */
async function withCandidates(
  state: OwnState,
  properties: Properties,
  session: Session,
): Promise<Properties> {
  const { openRequest } = state;
  if (openRequest === undefined) return properties;
  try {
    assertSameGitLab(state, session);
    const owner = await session.owner(state.kind, state.ownerId ?? state.owner, session.deadline());
    const recorded = await recordCandidates(owner, state, openRequest, session);
    return { ...properties, unsettled: storedOpenRequest(recorded) };
  } catch {
    return properties;
  }
}

/**
 * A refresh reads its first owner, and each other owner on one of `daysOfTurn` days: only the owner itself shows its
 * mark for deletion. Reading every owner would double the requests of a fleet's refresh, and GitLab.com allows 400 of
 * them a minute.
 */
const daysOfTurn = 10;
const day = 86_400_000;

/**
 * Reads an owner that is written as a path, to see its mark for deletion. Its numeric id is known already, so nothing
 * else reads it. A failure does not fail the refresh.
 */
async function lookAtOwner(owner: OwnerTokens, written: string, session: Session): Promise<void> {
  if (isNumericId(written)) return;
  const today = Math.floor(session.time.now().getTime() / day);
  const isItsTurn = (Number(owner.owner.id) + today) % daysOfTurn === 0;
  await session.runState
    .lookAtOnce(owner.owner, isItsTurn, async () => session.warnIfDoomed(await owner.describe()))
    .catch(() => undefined);
}

function warnAboutRevocation(session: Session): void {
  session.warnOnce(
    "revoked",
    "This GitLab (before 13.12) does not report which deploy tokens are revoked: a revoked one goes unnoticed.",
  );
}

function toReadResult(kind: OwnerKind, id: string, properties: Properties): dynamic.ReadResult {
  return { id, props: toWire(properties), inputs: toWire(inputsOf(kind, properties)) } as dynamic.ReadResult;
}

/** `.get()`: a token that this stack does not manage. */
async function get(
  kind: OwnerKind,
  id: string,
  properties: Properties,
  session: Session,
): Promise<dynamic.ReadResult> {
  const { written, owner, token } = await unmanagedToken(kind, id, session);
  const { name, username, scopes, expiresAt, revoked = false, deployTokenId } = token;
  const described = { name, username, scopes: normalizeScopes(scopes), expiresAt, revoked, deployTokenId };
  const recorded = { [kind]: written, ...described, ownerId: owner.owner.id, baseUrl: session.baseUrl() };
  return { id, props: toWire({ ...properties, ...recorded }) };
}

interface UnmanagedToken {
  /** The project or group as written in the id. */
  readonly written: string;
  readonly owner: OwnerTokens;
  readonly token: DeployToken;
}

/** Reads a token by a resource's id, for `.get()` and `import`. */
export async function unmanagedToken(kind: OwnerKind, id: string, session: Session): Promise<UnmanagedToken> {
  const { owner: written, deployTokenId } = parseResourceId(id) ?? {};
  if (written === undefined || deployTokenId === undefined) {
    throw new DeployTokenError(
      "invalid_argument",
      `id is ${JSON.stringify(id)}; wanted: "<${kind}>:<deploy token id>", such as "${kind === "project" ? "acme/app" : "acme"}:4"`,
    );
  }
  const owner = await session.owner(kind, written, session.deadline());
  const token = await owner.read(deployTokenId).catch((error: unknown) => {
    if (!hasCode(error, "deploy_token_not_found")) throw error;
    throw notListed({ kind, id: written }, deployTokenId);
  });
  return { written, owner, token };
}
