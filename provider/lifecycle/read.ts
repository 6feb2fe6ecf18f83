import type { dynamic } from "@pulumi/pulumi";
import type { GitLabClient } from "../gitlab/client.js";
import { DeployTokenReads } from "../gitlab/deploy-token-reads.js";
import type { DeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../gitlab/errors.js";
import { notListed } from "../gitlab/find-deploy-token.js";
import type { Owner, OwnerKind } from "../gitlab/owner.js";
import { normalizeScopes } from "../gitlab/scopes.js";
import { numericOwner } from "./numeric-owner.js";
import { assertGone, recordedOwner } from "./presence.js";
import { inputsOf, type Properties, parseResourceId, readState, toWire } from "./properties.js";
import { assertSameGitLab } from "./same-gitlab.js";
import type { Session } from "./session.js";

/** The row as GitLab has it now; an empty id where the token is gone. Never the token's value: GitLab does not give it. */
export async function read(
  kind: OwnerKind,
  id: string,
  properties: Properties,
  session: Session,
): Promise<dynamic.ReadResult> {
  const state = readState(kind, properties);
  if (state.unsettled !== undefined && state.deployTokenId === undefined) return kept(kind, id, properties);
  // `.get()` sends what the program gave, a refresh the row.
  if (state.deployTokenId === undefined) return get(kind, id, properties, session);
  assertSameGitLab(state, session);

  const signal = session.deadline();
  const gitlab = await session.gitlab();
  try {
    const owner = await recordedOwner(kind, state, gitlab, session, signal);
    session.ledger.of(owner).claim(state.deployTokenId);
    const token = await readTogether(gitlab, owner, state.deployTokenId, session, signal);
    if (token.revoked === undefined) warnRevocation(session);
    return kept(kind, id, {
      ...properties,
      ownerId: owner.id,
      baseUrl: session.baseUrl(),
      username: token.username,
      revoked: token.revoked ?? state.revoked,
    });
  } catch (error) {
    await assertGone(error, kind, state, gitlab, session, signal);
    if (state.unsettled === undefined) return { id: "", props: {} };
    // What the lost request may have left is still to be looked for: the row of a create that failed.
    return kept(kind, id, {
      ...properties,
      username: state.username,
      deployTokenId: undefined,
      token: undefined,
    });
  }
}

/** A refresh reads many tokens of one owner at once: they share requests. */
function readTogether(
  gitlab: GitLabClient,
  owner: Owner,
  deployTokenId: number,
  session: Session,
  signal: AbortSignal,
): Promise<DeployToken> {
  const ledger = session.ledger.of(owner);
  ledger.reads ??= new DeployTokenReads(gitlab, owner);
  return ledger.reads.find(deployTokenId, signal);
}

function warnRevocation(session: Session): void {
  session.warnOnce(
    "revoked",
    "This GitLab (before 13.12) does not say which deploy tokens are revoked: one that was is not noticed.",
  );
}

function kept(kind: OwnerKind, id: string, properties: Properties): dynamic.ReadResult {
  return { id, props: toWire(properties), inputs: toWire(inputsOf(kind, properties)) } as dynamic.ReadResult;
}

/** A token that this stack does not manage. */
async function get(
  kind: OwnerKind,
  id: string,
  properties: Properties,
  session: Session,
): Promise<dynamic.ReadResult> {
  const parts = parseResourceId(id);
  if (parts === undefined) {
    throw new DeployTokenError(
      "invalid_argument",
      `id is ${JSON.stringify(id)}; wanted: "<${kind}>:<deploy token id>", such as "${kind === "project" ? "acme/app" : "acme"}:4"`,
    );
  }
  const signal = session.deadline();
  const gitlab = await session.gitlab();
  const owner = await numericOwner({ kind, id: parts.owner }, gitlab, session, signal);
  const token = await readTogether(gitlab, owner, parts.deployTokenId, session, signal).catch(
    (error: unknown) => {
      if (!hasCode(error, "deploy_token_not_found")) throw error;
      throw notListed({ kind, id: parts.owner }, parts.deployTokenId);
    },
  );
  const { name, username, scopes, expiresAt, revoked, deployTokenId } = token;
  return {
    id,
    props: toWire({
      ...properties,
      [kind]: parts.owner,
      name,
      username,
      scopes: normalizeScopes(scopes),
      expiresAt,
      revoked: revoked ?? false,
      deployTokenId,
      ownerId: owner.id,
      baseUrl: session.baseUrl(),
    }),
  };
}
