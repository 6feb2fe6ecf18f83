/** An answer that does not come from GitLab, or no answer at all. */
export type LostAnswer =
  /** The connection is reset. */
  | { readonly kind: "reset" }
  /** No answer comes until the client disconnects or the emulator is closed. */
  | { readonly kind: "hang" }
  /** Another answer than GitLab's own. */
  | {
      readonly kind: "respond";
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** What happens to a request instead of, or after, GitLab's answer. */
export type Fault =
  | LostAnswer
  /** The connection closes after half of the body, GitLab's own or this one. */
  | { readonly kind: "truncate"; readonly body?: string }
  /** The answer arrives one byte at a time, with a pause in milliseconds after each. */
  | { readonly kind: "trickle"; readonly pause: number }
  /** The answer is delayed by this many milliseconds of real time. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The answer waits for a promise of the test. */
  | { readonly kind: "wait"; readonly until: Promise<unknown> }
  /**
   * The client is answered at once, and GitLab carries the request out later: a GitLab under load behind a
   * proxy that gives up. `when` does not matter.
   */
  | {
      readonly kind: "late";
      /** Milliseconds by the emulator's clock, or a promise of the test. */
      readonly commit: number | Promise<unknown>;
      /** What the client gets. @default 504 with the HTML page of a proxy */
      readonly answer?: LostAnswer;
    }
  /**
   * A proxy sends the request to GitLab again, one after the other, and passes on one of the answers. Each
   * arrival is in the log. `when` does not matter.
   */
  | {
      readonly kind: "repeat";
      /** How many times GitLab gets the request. @default 2 */
      readonly arrivals?: number;
      /** Which answer the client gets; the others are lost. @default "last" */
      readonly answer?: "first" | "last" | LostAnswer;
    };

/** Which requests a fault affects. */
export interface FaultRule {
  /** @default every method */
  readonly method?: string;
  /** Matched against path and query, as in the log. @default every path */
  readonly path?: RegExp;
  /** The number of requests it affects; Infinity means every one. @default 1 */
  readonly times?: number;
  /** "after": GitLab acts, and only its answer is lost or changed. @default "before" */
  readonly when?: "before" | "after";
  readonly fault: Fault;
}

/** A fault that was added. */
export interface FaultHandle {
  /** The number of requests it has affected so far. */
  readonly hits: number;
  /** The number of late requests that GitLab has carried out so far. */
  readonly commits: number;
  /** Removes the rule before it is used up. Late requests that are under way still reach GitLab. */
  remove(): void;
  /** Resolves once each late request that this fault has affected so far is carried out, or dropped by a reset or a restore. */
  settled(): Promise<void>;
}

/** A rule and its counts. */
export class ActiveFault implements FaultHandle {
  hits = 0;
  commits = 0;
  private readonly late = new Set<Promise<void>>();

  constructor(
    readonly rule: FaultRule,
    private readonly onRemove: (fault: ActiveFault) => void,
    /** Resolves with `false` at the next reset or restore. */
    private readonly dropped: () => Promise<boolean>,
  ) {}

  remove(): void {
    this.onRemove(this);
  }

  async settled(): Promise<void> {
    await Promise.all(this.late);
  }

  /** Counts a late request once it is carried out. A reset or a restore ends it, because its own promise may never end. */
  follow(commit: Promise<boolean>): void {
    this.late.add(
      Promise.race([commit, this.dropped()]).then((isDone) => {
        if (isDone) this.commits++;
      }),
    );
  }
}

/** The rules that are not used up. */
export interface Faults {
  /**
   * Affects the requests that match, from now on.
   *
   * @example
   * ```ts
   * import { start } from "pulumi-gitlab-deploy-tokens/testing";
   *
   * const gitlab = await start();
   * // The POST gets a 504 at once; GitLab creates the token one second later.
   * const fault = gitlab.faults.add({ method: "POST", fault: { kind: "late", commit: 1_000 } });
   * // … pulumi up …
   * await fault.settled();
   * ```
   * @example
   * ```ts
   * import { start } from "pulumi-gitlab-deploy-tokens/testing";
   *
   * const gitlab = await start();
   * // A proxy sends the POST twice: GitLab creates two tokens, and the client gets one.
   * gitlab.faults.add({ method: "POST", fault: { kind: "repeat", answer: "first" } });
   * ```
   */
  add(rule: FaultRule): FaultHandle;
  /** Removes all rules. */
  clear(): void;
}

/** The rules in the order in which they were added. */
export class FaultRules implements Faults {
  private readonly rules: ActiveFault[] = [];
  private dropped = deferredDrop();

  add(rule: FaultRule): FaultHandle {
    const remove = () => {
      const index = this.rules.indexOf(fault);
      if (index >= 0) this.rules.splice(index, 1);
    };
    const fault = new ActiveFault(rule, remove, () => this.dropped.promise);
    this.rules.push(fault);
    return fault;
  }

  clear(): void {
    this.rules.length = 0;
  }

  /** Ends the late requests that are under way. */
  dropLate(): void {
    this.dropped.resolve();
    this.dropped = deferredDrop();
  }

  /** The first rule that matches and is not used up. */
  take(method: string, path: string): ActiveFault | undefined {
    const fault = this.rules.find(
      ({ rule, hits }) =>
        hits < (rule.times ?? 1) &&
        (rule.method === undefined || rule.method === method) &&
        (rule.path === undefined || path.search(rule.path) >= 0),
    );
    if (fault !== undefined) fault.hits++;
    return fault;
  }
}

function deferredDrop() {
  let resolve = () => {};
  const promise = new Promise<boolean>((settle) => {
    resolve = () => settle(false);
  });
  return { promise, resolve };
}
