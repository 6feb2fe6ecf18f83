import type { NewDeployToken } from "../gitlab/deploy-tokens.js";
import { DeployTokenError } from "../gitlab/errors.js";
import type { TokenArguments } from "./arguments.js";
import { candidateHint, type Searched, searchOnce, withRequest } from "./open-request.js";
import { type OwnerTokens, StaleBoundError } from "./run/owner-tokens.js";
import type { Session } from "./run/session.js";
import type { OpenRequest } from "./state.js";

/** The maximum number of POSTs for one token. */
const mostPosts = 4;

/** How often a POST is held back because the highest known id is too old. After that, GitLab's errors are reported. */
const mostLooks = 5;

/** Pauses before each search for the token of a lost response, in milliseconds. GitLab may still create it. */
const pauses = [0, 500, 1_500, 3_000];

export interface CreatedToken {
  readonly token: NewDeployToken;
  /** Set if an earlier POST may have left a token, or may still leave one. */
  readonly openRequest: OpenRequest | undefined;
  /** Equal tokens that were left alone because they may be another's. */
  readonly doubtful: readonly number[];
}

const unknownFate =
  "GitLab may have created the token, or may still create it. Run pulumi up again within the hour: it creates the token and " +
  "deletes the one that the lost request may have left, or names it. pulumi destroy does so within ten minutes. Until then, create no equal token in any other way.";

/** The response to a POST was lost. GitLab may have created a token, or may still create one. */
export class OpenRequestError extends Error {
  constructor(
    message: string,
    readonly openRequest: OpenRequest,
    advice = unknownFate,
  ) {
    super(`${message} ${advice}`);
  }
}

/**
 * Creates exactly one token even if responses are lost: it sends another POST only after several searches for the
 * token that the POST before may have left.
 *
 * @param inherited the open request of the resource that the created one replaces
 */
export async function createSafely(
  owner: OwnerTokens,
  desired: TokenArguments,
  session: Session,
  inherited: OpenRequest | undefined,
): Promise<CreatedToken> {
  let open = inherited;
  let doubtful: readonly number[] = [];
  if (open !== undefined) {
    const found = await searchOnce(owner, desired, open, session);
    open = found.openRequest;
    doubtful = [...found.undecided, ...found.doubtful];
  }
  const failure = (error: Error) => {
    if (open === undefined) return error;
    const named = doubtful.length === 0 ? "" : ` ${candidateHint(owner, desired.name, doubtful)}`;
    return new OpenRequestError(error.message + named, open);
  };
  const isEnded = () => owner.signal.aborted || session.interruption.requested;
  for (let posts = 0, looks = 0; ; ) {
    await owner.refreshBound().catch((error: Error) => {
      throw failure(error);
    });
    let sent: OpenRequest | undefined;
    const onSend = (afterId: number, isTight: boolean) => {
      sent = { afterId, sentAt: session.time.now().toISOString() };
      // Another client's token since the bound was read has a higher id, too.
      if (!isTight) sent = { ...sent, shared: true };
    };
    const needsFreshBound = looks < mostLooks;
    try {
      const token = await owner.create(desired, needsFreshBound, onSend);
      if (open === undefined) return { token, openRequest: undefined, doubtful };
      // GitLab may have carried out the earlier request in the meantime. The new token is kept whatever this search finds.
      const last = await searchOnce(owner, desired, open, session).catch(() => undefined);
      if (last === undefined) return { token, openRequest: open, doubtful };
      return { token, openRequest: last.openRequest, doubtful: [...doubtful, ...last.doubtful] };
    } catch (thrown) {
      const isStale = thrown instanceof StaleBoundError;
      if (isStale) looks++;
      if (isStale && !isEnded()) continue;
      const error = isStale ? thrown.cause : thrown;
      if (!DeployTokenError.isInstance(error)) throw error;
      if (!error.mayHaveActed || sent === undefined) throw failure(error);
      open = withRequest(open, sent);
      const found = await searchRepeatedly(owner, desired, open, session, error);
      if (found.openRequest?.shared === true) doubtful = [...doubtful, ...found.doubtful];
      else if (found.doubtful.length > 0) {
        const message = `${error.message} ${candidateHint(owner, desired.name, found.doubtful)} No other token was created.`;
        throw new OpenRequestError(message, found.openRequest ?? open, "Then run pulumi up again.");
      }
      open = found.openRequest;
      // Each further POST may leave another token that is only named.
      if (++posts < (doubtful.length > 0 ? 2 : mostPosts) && !isEnded()) continue;
      throw failure(error);
    }
  }
}

/** Searches several times, with growing pauses, until something is found. */
async function searchRepeatedly(
  owner: OwnerTokens,
  desired: TokenArguments,
  openRequest: OpenRequest,
  session: Session,
  error: DeployTokenError,
): Promise<Searched> {
  let last: Searched | undefined;
  for (const pause of pauses) {
    if (pause > 0 && session.interruption.requested) break;
    if (pause > 0) await session.time.sleep(pause, owner.signal).catch(() => undefined);
    try {
      last = await searchOnce(owner, desired, last?.openRequest ?? openRequest, session);
    } catch {
      // GitLab may answer the next search.
      continue;
    }
    if (last.openRequest === undefined || last.doubtful.length > 0) return last;
  }
  // Without a successful search, no other POST is sent.
  if (last === undefined) throw new OpenRequestError(error.message, openRequest);
  return last;
}
