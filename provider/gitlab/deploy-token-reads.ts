import { setTimeout as delay } from "node:timers/promises";
import type { GitLabClient } from "./client.js";
import { type DeployToken, getDeployToken } from "./deploy-tokens.js";
import { hasCode } from "./errors.js";
import { findInList, notListed } from "./find-deploy-token.js";
import type { Owner } from "./owner.js";
import { PageBudget } from "./page-budget.js";
import { PartialList } from "./partial-list.js";

/** How long a read waits for others of its owner, which the engine sends at the same time; in milliseconds. */
const gathering = 5;

interface Read {
  readonly deployTokenId: number;
  /** Sequence number of this read, starting at 1. */
  readonly number: number;
  readonly signal: AbortSignal;
  readonly resolve: (token: DeployToken) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads the deploy tokens of one owner in one run with as few requests as possible, from the owner's list. The first
 * page costs as much as the GET of one token and tells how long the list is. Further pages are read only where they cost
 * no more than GETs would. A token that the list does not show is read by a GET: an absence counts only if GitLab
 * reports it for the token itself.
 */
export class DeployTokenReads {
  private waiting: Read[] = [];
  private isWorking = false;
  private count = 0;
  private list: PartialList | undefined;
  private readonly budget = new PageBudget();
  /** Tokens whose deletion was requested: the list no longer counts for them. */
  private readonly forgotten = new Set<number>();
  private listFailed = false;
  /** False before GitLab 14.9. */
  private hasGet = true;

  constructor(
    private readonly gitlab: GitLabClient,
    private readonly owner: Owner,
    private readonly sleep: (milliseconds: number) => Promise<void> = delay,
  ) {}

  find(deployTokenId: number, signal: AbortSignal): Promise<DeployToken> {
    return new Promise((resolve, reject) => {
      const read = { deployTokenId, number: ++this.count, signal, resolve, reject };
      if (!this.answerFromList(read)) this.add(read);
    });
  }

  /** Its deletion was requested: the list no longer counts for it. */
  forget(deployTokenId: number): void {
    this.forgotten.add(deployTokenId);
  }

  private add(read: Read): void {
    this.waiting.push(read);
    if (!this.isWorking) void this.work();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    await this.sleep(gathering);
    while (this.waiting.length > 0) {
      await this.readList();
      for (const read of this.waiting.splice(0)) {
        if (!this.answerFromList(read)) this.answerWithoutList(read);
      }
    }
    this.isWorking = false;
  }

  private answerFromList({ deployTokenId, number, resolve }: Read): boolean {
    if (this.list?.isFresh === false) this.list = undefined;
    if (this.forgotten.has(deployTokenId)) return false;
    const token = this.list?.take(deployTokenId, number);
    if (token === undefined) return false;
    this.budget.countAnswer();
    resolve(token);
    return true;
  }

  private async readList(): Promise<void> {
    while (this.isPageWorthIt()) {
      this.list ??= new PartialList(this.gitlab, this.owner, this.count);
      this.budget.countPage();
      try {
        await this.list.readPage((this.waiting[0] as Read).signal);
      } catch (error) {
        this.listFailed = true;
        // With GETs, each read finds out for itself.
        if (!this.hasGet) for (const read of this.waiting.splice(0)) read.reject(error);
      }
      this.waiting = this.waiting.filter((read) => !this.answerFromList(read));
    }
  }

  private isPageWorthIt(): boolean {
    const { list } = this;
    const reads = this.waiting.filter(
      ({ deployTokenId }) => list?.mayStillShow(deployTokenId) ?? true,
    ).length;
    if (reads === 0) return false;
    if (!this.hasGet) return true;
    if (this.listFailed) return false;
    return list === undefined || this.budget.allows(list.pagesLeft, reads);
  }

  private answerWithoutList(read: Read): void {
    if (this.hasGet) {
      this.budget.countGet();
      void getDeployToken(this.gitlab, this.owner, read.deployTokenId, read.signal).then(
        read.resolve,
        (error: unknown) => {
          if (!hasCode(error, "route_not_found")) return read.reject(error);
          this.hasGet = false;
          this.add(read);
        },
      );
      return;
    }
    // A list that was begun before the read may lack what this run created since.
    if (this.list === undefined || this.list.isOlderThan(read.number)) {
      this.list = undefined;
      this.waiting.push(read);
      return;
    }
    // A list of one page proves that the token is gone, if the token was looked for there: a deletion may have failed.
    const proof =
      this.list.isOnePage && !this.forgotten.has(read.deployTokenId)
        ? Promise.reject(notListed(this.owner, read.deployTokenId))
        : findInList(this.gitlab, this.owner, read.deployTokenId, read.signal);
    proof.then(read.resolve, read.reject);
  }
}
