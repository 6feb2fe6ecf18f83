/** What happens to a request instead of, or after, GitLab's answer. */
export type Fault =
  /** The connection is reset. */
  | { readonly kind: "reset" }
  /** No answer comes, until the client goes away or the emulator is closed. */
  | { readonly kind: "hang" }
  /** Another answer than GitLab's own. */
  | {
      readonly kind: "respond";
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection closes after half of the body, GitLab's own or this one. */
  | { readonly kind: "truncate"; readonly body?: string }
  /** One byte of the answer at a time, each after a pause in milliseconds. */
  | { readonly kind: "trickle"; readonly pause: number }
  /** The answer comes so many milliseconds late. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The answer waits for an event of the test's. */
  | { readonly kind: "wait"; readonly until: Promise<unknown> };

/** Which requests a fault hits. */
export interface FaultRule {
  /** @default every method */
  readonly method?: string;
  /** Matched against path and query, as in the log. @default every path */
  readonly path?: RegExp;
  /** How many requests it hits; Infinity: every one. @default 1 */
  readonly times?: number;
  /** "after": GitLab acts, and only its answer is lost or changed. @default "before" */
  readonly when?: "before" | "after";
  readonly fault: Fault;
}

/** A fault that was added. */
export interface FaultHandle {
  /** How many requests it has hit so far. */
  readonly hits: number;
  /** Ends it before it is used up. */
  remove(): void;
}

/** Faults that wait for their requests. */
export class Faults {
  private readonly rules: { rule: FaultRule; hits: number }[] = [];

  /** Hits the requests that fit, from now on. */
  add(rule: FaultRule): FaultHandle {
    const entry = { rule, hits: 0 };
    this.rules.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => {
        const index = this.rules.indexOf(entry);
        if (index >= 0) this.rules.splice(index, 1);
      },
    };
  }

  /** Ends all of them. */
  clear(): void {
    this.rules.length = 0;
  }

  /** The first rule that fits and is not used up. */
  take(method: string, path: string): FaultRule | undefined {
    const entry = this.rules.find(
      ({ rule, hits }) =>
        hits < (rule.times ?? 1) &&
        (rule.method === undefined || rule.method === method) &&
        (rule.path === undefined || path.search(rule.path) >= 0),
    );
    if (entry === undefined) return undefined;
    entry.hits++;
    return entry.rule;
  }
}
