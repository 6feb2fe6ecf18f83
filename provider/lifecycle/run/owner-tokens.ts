import type { GitLabClient } from "../../gitlab/client.js";
import { DeployTokenReads } from "../../gitlab/deploy-token-reads.js";
import {
  createDeployToken,
  type DeployToken,
  type DeployTokenSpecification,
  deleteDeployToken,
  deployTokensPath,
  type NewDeployToken,
} from "../../gitlab/deploy-tokens.js";
import { DeployTokenError, hasCode } from "../../gitlab/errors.js";
import { findDeployToken } from "../../gitlab/find-deploy-token.js";
import { lastPageOnly, type Newest, newestTokens } from "../../gitlab/newest.js";
import type { Owner } from "../../gitlab/owner.js";
import { type DescribedOwner, getOwner, resolveOwnerId } from "../../gitlab/owners.js";
import { differences } from "../arguments.js";
import type { KnownTokens } from "./known-tokens.js";
import type { RunState } from "./run-state.js";
import type { Time } from "./time.js";

/** The delay before an absence is confirmed, in milliseconds. */
const absence = 2_000;

/** A POST was held back, because the highest known id had become too old while it waited. */
export class StaleBoundError extends Error {
  constructor(override readonly cause: unknown) {
    super("the highest known id is too old");
  }
}

/** The deploy tokens of one project or group, for one operation. */
export class OwnerTokens {
  constructor(
    private readonly gitlab: GitLabClient,
    /** By its numeric id. */
    readonly owner: Owner,
    /** What this run knows of them. */
    readonly known: KnownTokens,
    /** Ends every request of the operation. */
    readonly signal: AbortSignal,
    readonly time: Time,
  ) {}

  get baseUrl(): string {
    return this.gitlab.connection.baseUrl;
  }

  /** The tokens with a higher id, and at least the newest hundred. */
  async newerThan(afterId: number): Promise<readonly DeployToken[]> {
    const { tokens } = await this.known.recordLook(() => this.newest(afterId));
    return tokens;
  }

  /** At least the newest hundred tokens, as they were before this run created any. */
  initialTokens(): Promise<readonly DeployToken[]> {
    return this.known.initialTokens(() => this.newest());
  }

  /** Makes sure that the highest known id of the instance is at most about a second old. */
  refreshBound(): Promise<void> {
    return this.known.refreshBound(async (page) => {
      const last =
        page === undefined ? undefined : await lastPageOnly(this.gitlab, this.owner, page, this.signal);
      return last ?? this.newest();
    });
  }

  private newest(afterId = Number.POSITIVE_INFINITY): Promise<Newest> {
    return newestTokens(this.gitlab, this.owner, afterId, this.signal);
  }

  /** One token, by a request of its own. */
  get(deployTokenId: number): Promise<DeployToken> {
    return findDeployToken(this.gitlab, this.owner, deployTokenId, this.signal);
  }

  /** One token, by requests that it shares with the other reads of this owner: a refresh reads many at once. */
  read(deployTokenId: number): Promise<DeployToken> {
    this.known.reads ??= new DeployTokenReads(this.gitlab, this.owner, (milliseconds) =>
      this.time.sleep(milliseconds),
    );
    return this.known.reads.find(deployTokenId, this.signal);
  }

  /** One token whose absence would drop it from the state. */
  readTwice(deployTokenId: number): Promise<DeployToken> {
    return this.confirmAbsence(
      () => this.read(deployTokenId),
      () => this.get(deployTokenId),
    );
  }

  /** A replica or cache may lag, so an absence counts only if a second request, two seconds later, confirms it. */
  async confirmAbsence<T>(ask: () => Promise<T>, again = ask): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!hasCode(error, "deploy_token_not_found", "owner_not_found")) throw error;
      await this.time.sleep(absence, this.signal);
      return again();
    }
  }

  /** The project or group itself. */
  describe(): Promise<DescribedOwner> {
    return getOwner(this.gitlab, this.owner, this.signal);
  }

  /**
   * Sends one POST. `onSend` is called just before that, after any wait, with the highest known id and whether that id
   * is too recent for another client's token to have gone unnoticed.
   *
   * @throws `StaleBoundError` after a wait so long that the highest known id must be read again: nothing was sent
   * @throws `invalid_response` if the response describes another token than the requested one
   */
  async create(
    specification: DeployTokenSpecification,
    needsFreshBound: boolean,
    onSend: (bound: number, isTight: boolean) => void,
  ): Promise<NewDeployToken> {
    let bound = this.known.highestId;
    let isStale = false;
    let sentAt = Number.NEGATIVE_INFINITY;
    const isCurrent = () => {
      sentAt = this.time.elapsed();
      isStale = needsFreshBound && !this.known.isBoundFresh(sentAt);
      // Other creates may have raised it during a wait.
      bound = this.known.highestId;
      if (!isStale) onSend(bound, this.known.isBoundTight(sentAt));
      return !isStale;
    };
    const token = await createDeployToken(
      this.gitlab,
      this.owner,
      specification,
      this.signal,
      isCurrent,
    ).catch((error: unknown) => {
      throw isStale ? new StaleBoundError(error) : error;
    });
    this.assertRequested(token, specification, bound);
    this.known.recordCreated(token.deployTokenId, sentAt);
    return token;
  }

  /** A cache or a confused proxy may answer with another request's response. */
  private assertRequested(
    token: NewDeployToken,
    specification: DeployTokenSpecification,
    bound: number,
  ): void {
    const found = differences(token, specification);
    const { deployTokenId } = token;
    if (found.length === 0 && deployTokenId > bound && !this.known.isOurs(deployTokenId)) return;
    const reason = found.length > 0 ? found.join("; ") : `token ${deployTokenId} is older than the request`;
    throw new DeployTokenError(
      "invalid_response",
      `POST ${deployTokensPath(this.owner)} failed: the response describes another deploy token (${reason}).`,
      { method: "POST", path: deployTokensPath(this.owner), status: 201, mayHaveActed: true },
    );
  }

  /** Success is GitLab's 204. */
  async delete(deployTokenId: number): Promise<void> {
    this.known.reads?.forget(deployTokenId);
    await deleteDeployToken(this.gitlab, this.owner, deployTokenId, this.signal);
    // A replica may still list it.
    this.known.claim(deployTokenId);
  }
}

/** Resolves the owner's numeric id: one GET in a run for an owner written as a path, none for a numeric id. */
export async function ownerTokens(
  written: Owner,
  gitlab: GitLabClient,
  runState: RunState,
  signal: AbortSignal,
  time: Time,
  onRead: (described: DescribedOwner) => void,
): Promise<OwnerTokens> {
  const owner = await runState.resolve(written, () => resolveOwnerId(gitlab, written, signal, onRead));
  return new OwnerTokens(gitlab, owner, runState.of(owner), signal, time);
}
