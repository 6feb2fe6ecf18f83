import type { GitLabClient } from "./client.js";
import { type DeployToken, deployTokenList } from "./deploy-tokens.js";
import type { Owner } from "./owner.js";
import { getPage } from "./pagination.js";

/** How long a list is trusted, in milliseconds: a process that lives on must not answer from an old one. */
const freshness = 5 * 60_000;

/** The list of an owner's deploy tokens, as far as its pages were read; ids ascend. */
export class PartialList {
  private readonly startedAt = Date.now();
  private readonly tokens = new Map<number, DeployToken>();
  /** The tokens that a read was answered with. */
  private readonly answered = new Set<number>();
  /** Every token up to this id is listed. */
  private upTo = 0;
  /** Undefined once the list is complete. */
  private next: number | undefined = 1;
  private pages = 0;
  private unread = Number.POSITIVE_INFINITY;

  constructor(
    private readonly gitlab: GitLabClient,
    private readonly owner: Owner,
    /** How many reads had been requested when the list was begun. */
    private readonly startedAfter: number,
  ) {}

  get isFresh(): boolean {
    return Date.now() - this.startedAt <= freshness;
  }

  /** How many pages are left; infinite while GitLab has not said. */
  get pagesLeft(): number {
    return this.unread;
  }

  /** Whether the list is one page: of several, a token may have moved from one to another between two requests. */
  get isOnePage(): boolean {
    return this.pages === 1;
  }

  isOlderThan(read: number): boolean {
    return read > this.startedAfter;
  }

  /** Whether a further page may hold the token. */
  mayStillShow(deployTokenId: number): boolean {
    return this.next !== undefined && deployTokenId > this.upTo;
  }

  /** The token for a read. A second read of a token wants its present state, so an older list does not answer it. */
  take(deployTokenId: number, read: number): DeployToken | undefined {
    const token = this.tokens.get(deployTokenId);
    if (token === undefined || (this.answered.has(deployTokenId) && this.isOlderThan(read))) return undefined;
    this.answered.add(deployTokenId);
    return token;
  }

  async readPage(signal: AbortSignal): Promise<void> {
    const page = this.next ?? 1;
    const list = deployTokenList(this.owner);
    const { items, next, totalPages } = await getPage(this.gitlab, list, page, signal);
    for (const token of items) {
      this.tokens.set(token.deployTokenId, token);
      this.upTo = Math.max(this.upTo, token.deployTokenId);
    }
    this.next = next;
    this.pages = page;
    if (totalPages !== undefined) this.unread = totalPages - page;
  }
}
