import { hasCode } from "../gitlab/errors.js";
import { describeOwner } from "../gitlab/owner.js";
import { differences, lockKey, type TokenArguments } from "./arguments.js";
import type { OwnerTokens } from "./run/owner-tokens.js";
import type { Session } from "./run/session.js";
import type { OpenRequest } from "./state.js";

/** How long GitLab may still carry out a request after it was sent, in milliseconds. */
const openFor = 5 * 60_000;

/** A sole candidate is read again after this time, in milliseconds, before it is deleted. */
const confirmationDelay = 1_000;

/** A candidate that is first seen later than this may be another's, if others keep equal tokens. */
const late = 5_000;

/** A candidate that is first seen later than this is never deleted: too much may have happened since. */
const oldestCandidate = 60 * 60_000;

/** The same for a deletion, which does not know whether the program declares an equal token. */
export const oldestForDeletion = 2 * openFor;

/** The result of a search for the token of an open request. */
export interface Searched {
  /** The record that the state keeps; undefined once the request is settled. */
  readonly openRequest: OpenRequest | undefined;
  /** Tokens that this search found and did not delete, because they may be another's. */
  readonly doubtful: readonly number[];
  /** Tokens that an earlier message named, if several are left: a person must decide which to delete. */
  readonly undecided: readonly number[];
}

/** The time until which GitLab may still create the token of the request. */
export function endOf({ sentAt }: OpenRequest): number {
  return sentAt === undefined ? Number.NEGATIVE_INFINITY : Date.parse(sentAt) + openFor;
}

/** How long a search must still wait. A clock that was set back since then does not prolong it. */
export function timeLeft(openRequest: OpenRequest, session: Session): number {
  return Math.min(openFor, endOf(openRequest) - session.time.now().getTime());
}

/** The record after another POST without a usable response. */
export function withRequest(open: OpenRequest | undefined, sent: OpenRequest): OpenRequest {
  if (open === undefined) return sent;
  return { ...open, ...sent, afterId: open.afterId, requests: (open.requests ?? 1) + 1 };
}

/**
 * Searches once for the token of an open request, and deletes it. A token counts as that one only if it equals every
 * argument, has a higher id than all that were known when the POST was sent, is not managed by this run, and is the
 * only such token in two reads a second apart. If it may still be another's, it is kept and named.
 */
export async function searchOnce(
  owner: OwnerTokens,
  desired: TokenArguments,
  recorded: OpenRequest,
  session: Session,
  oldest = oldestCandidate,
): Promise<Searched> {
  const isOver = timeLeft(recorded, session) <= 0;
  const openRequest = withEvidence(recorded, owner, desired, session);
  let found = await findCandidates(owner, desired, openRequest);
  const [first] = found.candidates;
  if (first !== undefined && isCertain(found, openRequest, session, oldest)) {
    await session.time.sleep(confirmationDelay, owner.signal);
    found = await findCandidates(owner, desired, openRequest);
    if (isCertain(found, openRequest, session, oldest) && found.candidates[0] === first) {
      if (await deleteFound(owner, desired, openRequest, first, session))
        return afterDeletion(openRequest, found);
      found = { ...found, candidates: [] };
    }
  }
  const { candidates: doubtful, named } = found;
  const undecided = undecidedOf(found.left, doubtful.length, openRequest);
  const isSettled = isOver && doubtful.length === 0 && undecided.length === 0;
  const rest = { ...openRequest, named: [...named, ...doubtful] };
  return { openRequest: isSettled ? undefined : rest, doubtful, undecided };
}

/** The same for a request that the state records: it waits for creates of equal tokens in this run. */
export function searchRecorded(
  owner: OwnerTokens,
  desired: TokenArguments,
  openRequest: OpenRequest,
  session: Session,
  oldest?: number,
): Promise<Searched> {
  const search = () => searchOnce(owner, desired, openRequest, session, oldest);
  return owner.known.runExclusive(lockKey(desired), search);
}

/**
 * Searches once and deletes nothing. The state records the ids of several candidates, so that no later command deletes
 * the one that a person keeps.
 */
export async function recordCandidates(
  owner: OwnerTokens,
  desired: TokenArguments,
  openRequest: OpenRequest,
  session: Session,
): Promise<OpenRequest> {
  const { candidates: doubtful, named, left } = await findCandidates(owner, desired, openRequest);
  if (doubtful.length === 0 || doubtful.length + left.length < 2) return openRequest;
  session.log.warn(candidateHint(owner, desired.name, [...left, ...doubtful]));
  return { ...openRequest, named: [...named, ...doubtful] };
}

/** Ids of equal tokens. */
interface Candidates {
  readonly candidates: readonly number[];
  /** Those that existed before the request. */
  readonly older: readonly number[];
  /** Those that a message named, as far as they still exist. */
  readonly named: readonly number[];
  /** Of the named ones, those that no resource of this run has. */
  readonly left: readonly number[];
}

async function findCandidates(
  owner: OwnerTokens,
  desired: TokenArguments,
  openRequest: OpenRequest,
): Promise<Candidates> {
  const { afterId, named = [] } = openRequest;
  const tokens = await owner.newerThan(afterId);
  const isNamed = (id: number) => named.includes(id) || (id > afterId && owner.known.named.has(id));
  const isOthers = (id: number) => !owner.known.isOurs(id);
  // A named id may be another token's after a restore.
  const equal = tokens.filter((token) => differences(token, desired).length === 0);
  const ids = equal.map(({ deployTokenId }) => deployTokenId);
  const alive = equal.filter(({ revoked }) => revoked !== true).map(({ deployTokenId }) => deployTokenId);
  const stillNamed = alive.filter(isNamed);
  return {
    candidates: ids.filter((id) => id > afterId && isOthers(id) && !isNamed(id)),
    older: ids.filter((id) => id <= afterId && isOthers(id)),
    named: stillNamed,
    left: stillNamed.filter(isOthers),
  };
}

/** Marks the request as shared if another resource or stack may create an equal token. */
function withEvidence(
  openRequest: OpenRequest,
  { owner: { kind } }: OwnerTokens,
  desired: TokenArguments,
  session: Session,
): OpenRequest {
  return session.mayHaveEqual(kind, desired) ? { ...openRequest, shared: true } : openRequest;
}

/** With a shared request, any number of tokens may be left, because others keep equal tokens. */
function undecidedOf(left: readonly number[], doubtful: number, { shared }: OpenRequest): readonly number[] {
  return left.length + doubtful > 1 && shared !== true ? left : [];
}

/** Whether the one candidate is the token of the request, as far as that can be known. */
function isCertain(
  { candidates, older, named }: Candidates,
  { sentAt, shared, requests = 1 }: OpenRequest,
  { time }: Session,
  oldest: number,
): boolean {
  // The first release recorded no time.
  if (candidates.length !== 1 || shared === true || sentAt === undefined) return false;
  const age = time.now().getTime() - Date.parse(sentAt);
  const othersKeepEqualOnes = older.length > 0 || named.length > 0;
  // Only the time of the last request is recorded. If the clocks of two runs differ much, the age is unknown.
  const isEarly = age <= late && requests === 1;
  return age >= -openFor && age <= oldest && (isEarly || !othersKeepEqualOnes);
}

/**
 * Returns whether this run deleted the token. After a 404, another client deleted it first. That client does not know of
 * the request, so the token was its own, and the request stays open.
 */
async function deleteFound(
  owner: OwnerTokens,
  { name }: TokenArguments,
  openRequest: OpenRequest,
  deployTokenId: number,
  { log }: Session,
): Promise<boolean> {
  try {
    await owner.delete(deployTokenId);
  } catch (error) {
    if (!hasCode(error, "deploy_token_not_found")) throw error;
    // A replica may still list it.
    owner.known.claim(deployTokenId);
    return false;
  }
  log.warn(
    `Deploy token ${deployTokenId} of the ${describeOwner(owner.owner)} was deleted: it equals ${JSON.stringify(name)}, ` +
      `and GitLab created it after a request of ${timeOf(endOf(openRequest) - openFor)} whose response was lost.`,
  );
  return true;
}

function afterDeletion(openRequest: OpenRequest, found: Candidates): Searched {
  const requests = (openRequest.requests ?? 1) - 1;
  const undecided = undecidedOf(found.left, 0, openRequest);
  const isSettled = requests === 0 && undecided.length === 0;
  const rest = { ...openRequest, requests: Math.max(1, requests), named: found.named };
  return { openRequest: isSettled ? undefined : rest, doubtful: [], undecided };
}

/** `12:05:00 UTC` */
export function timeOf(instant: number): string {
  return `${new Date(instant).toISOString().slice(11, 19)} UTC`;
}

interface CandidateHint {
  readonly text: string;
  /** Several tokens may be the request's own, and a person must decide which. Otherwise the work goes on. */
  readonly needsDecision: boolean;
}

/** The hint about the tokens that a search of a recorded request left; undefined if it left none. */
export function hintOf(
  owner: OwnerTokens,
  name: string,
  { openRequest, doubtful, undecided }: Searched,
): CandidateHint | undefined {
  const ids = [...undecided, ...doubtful];
  if (ids.length === 0) return undefined;
  return {
    text: candidateHint(owner, name, ids),
    needsDecision: ids.length > 1 && openRequest?.shared !== true,
  };
}

/** What a person must do about tokens that were not deleted. */
export function candidateHint({ owner }: OwnerTokens, name: string, ids: readonly number[]): string {
  const described = `equal to ${JSON.stringify(name)} and created after a request whose response was lost`;
  if (ids.length === 1) {
    return (
      `The ${describeOwner(owner)} has deploy token ${ids[0]}, ${described}. It may be that request's token or another's, ` +
      "so it was not deleted: delete it in GitLab unless something uses it."
    );
  }
  return (
    `The ${describeOwner(owner)} has several new deploy tokens (ids ${ids.join(", ")}), ${described}. ` +
    "One of them may be that request's token. None was deleted: find out which are in use, and delete the others in GitLab."
  );
}
