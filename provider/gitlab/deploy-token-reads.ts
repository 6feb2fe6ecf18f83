import { setTimeout as delay } from "node:timers/promises";
import type { GitLabClient } from "./client.js";
import { type DeployToken, deployTokensPath, getDeployToken, parseDeployToken } from "./deploy-tokens.js";
import { hasCode } from "./errors.js";
import { findInList, notListed } from "./find-deploy-token.js";
import type { Owner } from "./owner.js";
import { getPage } from "./pagination.js";

/** How long a read waits for others of its owner, which the engine sends at the same time; in milliseconds. */
const gathering = 5;

/** How long a list is believed, in milliseconds: a process that lives on must not answer from an old one. */
const freshness = 5 * 60_000;

interface Read {
  readonly deployTokenId: number;
  /** The how many-th read it is. */
  readonly number: number;
  readonly signal: AbortSignal;
  readonly resolve: (token: DeployToken) => void;
  readonly reject: (error: unknown) => void;
}

/** What was read of the owner's list, page by page: ids ascend. */
interface List {
  readonly startedAt: number;
  /** How many reads had come when it was begun. */
  readonly reads: number;
  readonly tokens: Map<number, DeployToken>;
  /** Which of them were asked for. */
  readonly answered: Set<number>;
  /** Every token up to this id was listed. */
  upTo: number;
  /** Undefined once the list is whole. */
  next: number | undefined;
  pages: number;
  pagesLeft: number;
}

/**
 * The reads of one owner's deploy tokens in one run, by as few requests as may be: they are answered from the owner's
 * list. Its first page, no dearer than the GET of one token, tells how long it is; the pages after it are asked for only
 * where they cost no more than GETs would, or did so far: how many reads are still to come is not known. What the list
 * does not show is asked for by a GET, so that no absence is believed that GitLab did not say of the token itself.
 */
export class DeployTokenReads {
  private waiting: Read[] = [];
  private isWorking = false;
  private count = 0;
  private list: List | undefined;
  /** Their deletion was asked for: what a list says of them does not count. */
  private readonly forgotten = new Set<number>();
  /** Reads that the list answered, less its pages: so many more pages cost nothing. */
  private saved = 0;
  /** Reads that were a GET each. */
  private asked = 0;
  private listFailed = false;
  /** False before GitLab 14.9. */
  private hasGet = true;

  constructor(
    private readonly gitlab: GitLabClient,
    private readonly owner: Owner,
  ) {}

  find(deployTokenId: number, signal: AbortSignal): Promise<DeployToken> {
    return new Promise((resolve, reject) => {
      const read = { deployTokenId, number: ++this.count, signal, resolve, reject };
      if (!this.answerFromList(read)) this.add(read);
    });
  }

  /** Its deletion was asked for: what the list says of it no longer counts. */
  forget(deployTokenId: number): void {
    this.forgotten.add(deployTokenId);
  }

  private add(read: Read): void {
    this.waiting.push(read);
    if (!this.isWorking) void this.work();
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    await delay(gathering);
    while (this.waiting.length > 0) {
      await this.readList();
      for (const read of this.waiting.splice(0)) {
        if (!this.answerFromList(read)) this.ask(read);
      }
    }
    this.isWorking = false;
  }

  private answerFromList(read: Read): boolean {
    if (this.list !== undefined && Date.now() - this.list.startedAt > freshness) this.list = undefined;
    const { list } = this;
    const token = list?.tokens.get(read.deployTokenId);
    if (list === undefined || token === undefined || this.forgotten.has(read.deployTokenId)) return false;
    // Who reads a token again wants to know how it is by then.
    if (list.answered.has(read.deployTokenId) && read.number > list.reads) return false;
    this.saved++;
    list.answered.add(read.deployTokenId);
    read.resolve(token);
    return true;
  }

  private async readList(): Promise<void> {
    while (this.isPageWorthIt(this.waiting.filter((read) => this.isBeyond(read)).length)) {
      try {
        await this.readPage((this.waiting[0] as Read).signal);
      } catch (error) {
        this.listFailed = true;
        // With GETs each read finds out for itself.
        if (!this.hasGet) for (const read of this.waiting.splice(0)) read.reject(error);
      }
      this.waiting = this.waiting.filter((read) => !this.answerFromList(read));
    }
  }

  /** Whether a further page may hold the token. */
  private isBeyond({ deployTokenId }: Read): boolean {
    return this.list === undefined || (this.list.next !== undefined && deployTokenId > this.list.upTo);
  }

  private isPageWorthIt(reads: number): boolean {
    if (reads === 0) return false;
    if (!this.hasGet) return true;
    if (this.listFailed) return false;
    if (this.list === undefined) return true;
    return this.saved > 0 || this.list.pagesLeft <= reads + this.asked;
  }

  private async readPage(signal: AbortSignal): Promise<void> {
    this.list ??= {
      startedAt: Date.now(),
      reads: this.count,
      tokens: new Map(),
      answered: new Set(),
      upTo: 0,
      next: 1,
      pages: 0,
      pagesLeft: Number.POSITIVE_INFINITY,
    };
    const { list } = this;
    const page = list.next ?? 1;
    this.saved--;
    const path = deployTokensPath(this.owner);
    const { items, next, totalPages } = await getPage(this.gitlab, path, {}, page, parseDeployToken, signal);
    for (const token of items) {
      list.tokens.set(token.deployTokenId, token);
      list.upTo = Math.max(list.upTo, token.deployTokenId);
    }
    list.next = next;
    list.pages = page;
    if (totalPages !== undefined) list.pagesLeft = totalPages - page;
  }

  private ask(read: Read): void {
    if (this.hasGet) {
      this.asked++;
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
    // A list that was begun before the read came may lack what this run made since.
    if (this.list === undefined || read.number > this.list.reads) {
      this.list = undefined;
      this.waiting.push(read);
      return;
    }
    // Only a list of one page proves by itself that the token is gone: of several, one may have moved between two. And
    // only if it was looked for there: a deletion that was asked for may have failed.
    const proof =
      this.list.pages === 1 && !this.forgotten.has(read.deployTokenId)
        ? Promise.reject(notListed(this.owner, read.deployTokenId))
        : findInList(this.gitlab, this.owner, read.deployTokenId, read.signal);
    proof.then(read.resolve, read.reject);
  }
}
