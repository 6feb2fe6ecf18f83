import type { DeployTokenReads } from "../../gitlab/deploy-token-reads.js";
import type { DeployToken } from "../../gitlab/deploy-tokens.js";
import type { Newest } from "../../gitlab/newest.js";
import type { OpenRequest } from "../state.js";

/**
 * The maximum age of the highest known id when a POST is sent, in milliseconds. A token that another client creates in
 * this time could be taken for the one of a lost response.
 */
const boundAge = 1_000;

/** The same, counted from the moment when the request for the id was sent: a slow response adds to its age. */
const boundAgeOnTheWay = 3_000;

/** Ids are one growing sequence for the whole instance. */
export interface InstanceIds {
  highest: number;
  /** The time of the response when this run last created a token. */
  createdAt: number;
  /** When the request for that token was sent. */
  sentAt: number;
}

/** What one run knows of one owner's tokens. Sends no request: a preview loads this file, and no HTTP library. */
export class KnownTokens {
  /** The reads of this owner's tokens, which share requests; created at the first read. */
  reads: DeployTokenReads | undefined;

  /** Tokens that a message named, for a person to decide. The record of another row may not name them. */
  readonly named = new Set<number>();

  private readonly ours = new Set<number>();
  /** Adopted tokens, with the adoptions of this run's resources. */
  private readonly adoptions = new Map<number, Set<string>>();
  private readonly locks = new Map<string, Promise<unknown>>();
  private readonly pending = new Map<string, OpenRequest[]>();
  private readonly handled = new Set<string>();
  private initial: Promise<readonly DeployToken[]> | undefined;
  private lastPage: number | undefined;
  /** The time of the last response with the end of the list. */
  private lookedAt = Number.NEGATIVE_INFINITY;
  /** The time of the request for it: GitLab read the list after that. */
  private lookedFrom = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly instance: InstanceIds,
    private readonly toBeAdopted: ReadonlySet<number>,
    private readonly elapsed: () => number,
  ) {}

  /** Whether this run manages the token, which is then never treated as an orphan. */
  isOurs(deployTokenId: number): boolean {
    return this.ours.has(deployTokenId) || this.isToBeAdopted(deployTokenId);
  }

  /** Whether the program adopts it. */
  isToBeAdopted(deployTokenId: number): boolean {
    return this.toBeAdopted.has(deployTokenId);
  }

  claim(deployTokenId: number): void {
    this.ours.add(deployTokenId);
  }

  /** The record of a row names these tokens. */
  recordNamed(openRequest: OpenRequest | undefined): void {
    for (const id of openRequest?.named ?? []) this.named.add(id);
  }

  /** This run created the token. GitLab had assigned no higher id before. */
  recordCreated(deployTokenId: number, sentAt: number): void {
    this.claim(deployTokenId);
    this.instance.highest = Math.max(this.instance.highest, deployTokenId);
    this.instance.createdAt = this.elapsed();
    this.instance.sentAt = Math.max(this.instance.sentAt, sentAt);
  }

  /** A resource adopted the token. */
  hold(deployTokenId: number, adoption: string): void {
    this.adoptions.set(deployTokenId, (this.adoptions.get(deployTokenId) ?? new Set()).add(adoption));
  }

  /** Whether another resource adopted the token; `undefined` is a resource that adopted none. */
  isHeldByAnother(deployTokenId: number, adoption: string | undefined): boolean {
    return [...(this.adoptions.get(deployTokenId) ?? [])].some((holder) => holder !== adoption);
  }

  /**
   * The highest id that GitLab has assigned in this run, for any owner. A token created later has a higher one. Ids in
   * the state do not count, because a restored GitLab assigns them again.
   */
  get highestId(): number {
    return this.instance.highest;
  }

  /** Whether the highest id is so recent that another client's token cannot have gone unnoticed for long. */
  isBoundFresh(at: number): boolean {
    return at - Math.max(this.lookedAt, this.instance.createdAt) <= boundAge;
  }

  /**
   * Whether the highest id is certainly that recent. A slow response is old when it arrives: another client may have
   * created an equal token since GitLab read the list.
   */
  isBoundTight(at: number): boolean {
    return at - Math.max(this.lookedFrom, this.instance.sentAt) <= boundAgeOnTheWay;
  }

  /** Reads the end of the owner's list again, unless the highest id is fresh. */
  async refreshBound(look: (lastPage: number | undefined) => Promise<Newest>): Promise<void> {
    if (this.isBoundFresh(this.elapsed())) return;
    const { lastPage } = await this.recordLook(() => look(this.lastPage));
    this.lastPage = lastPage;
  }

  /** Reads the end of the owner's list, and records its highest id and the time of the request. */
  async recordLook(look: () => Promise<Newest>): Promise<Newest> {
    const from = this.elapsed();
    const newest = await look();
    for (const { deployTokenId } of newest.tokens)
      this.instance.highest = Math.max(this.instance.highest, deployTokenId);
    this.lookedAt = Math.max(this.lookedAt, this.elapsed());
    this.lookedFrom = Math.max(this.lookedFrom, from);
    return newest;
  }

  /** The end of the owner's list before this run created anything, read once in a run. */
  initialTokens(look: () => Promise<Newest>): Promise<readonly DeployToken[]> {
    this.initial ??= this.recordLook(look).then(
      ({ tokens, lastPage }) => {
        this.lastPage = lastPage;
        return tokens;
      },
      (error: unknown) => {
        this.initial = undefined;
        throw error;
      },
    );
    return this.initial;
  }

  /** A resource without a token has this open request. The create of its replacement takes the request over. */
  addPending(key: string, openRequest: OpenRequest): void {
    // With --refresh, the engine calls diff twice for one resource.
    const others = (this.pending.get(key) ?? []).filter((each) => requestId(each) !== requestId(openRequest));
    this.pending.set(key, [...others, openRequest]);
  }

  takePending(key: string): OpenRequest | undefined {
    return this.pending.get(key)?.shift();
  }

  /** The create that took the request over has settled it, or its own resource records it now. */
  recordHandled(key: string, openRequest: OpenRequest): void {
    this.handled.add(`${key} ${requestId(openRequest)}`);
  }

  isHandled(key: string, openRequest: OpenRequest): boolean {
    return this.handled.has(`${key} ${requestId(openRequest)}`);
  }

  /** Runs work of equal keys one after another, because GitLab's responses to equal creates cannot be distinguished. */
  async runExclusive<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.locks.get(key) ?? Promise.resolve()).then(work, work);
    this.locks.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.locks.get(key) === mine) this.locks.delete(key);
    }
  }
}

function requestId({ afterId, sentAt }: OpenRequest): string {
  return `${afterId} ${sentAt}`;
}
