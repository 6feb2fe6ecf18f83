import type { Clock } from "./clock.js";
import type { Store } from "./store.js";

interface Snapshot {
  /** When this became the state of the primary database, by the emulator's clock. */
  readonly since: number;
  readonly store: Store;
}

/**
 * A database replica, or a cache before GitLab, that answers reads with an older state. Off until `lag` is set.
 *
 * @example
 * ```ts
 * import { start } from "pulumi-gitlab-deploy-tokens/testing";
 *
 * const gitlab = await start();
 * gitlab.replica.lag = 2_000; // reads see GitLab's state of two seconds ago
 * gitlab.replica.every = 2; // but only every second read
 * ```
 */
export interface Replica {
  /**
   * How far it lags behind, in milliseconds by the emulator's clock. 0 turns it off; Infinity freezes its state.
   *
   * @default 0
   */
  lag: number;
  /**
   * The replica answers every n-th read (GET and HEAD), and the primary database the others.
   *
   * @default 1
   */
  every: number;
}

/** Keeps the states that later reads may still return. */
export class LaggingReplica implements Replica {
  every = 1;
  private milliseconds = 0;
  private reads = 0;
  private history: Snapshot[] = [];

  constructor(
    private readonly primary: () => Store,
    private readonly clock: Clock,
  ) {}

  get lag(): number {
    return this.milliseconds;
  }

  set lag(milliseconds: number) {
    if (!(milliseconds >= 0)) throw new RangeError(`replica.lag is ${milliseconds}; wanted: 0 or more`);
    if (milliseconds === 0) this.history = [];
    const isNew = this.milliseconds === 0;
    this.milliseconds = milliseconds;
    if (isNew) this.rebuild();
  }

  /** The state that answers a read. */
  forRead(): Store {
    if (this.milliseconds === 0) return this.primary();
    this.record();
    if (++this.reads % this.every !== 0) return this.primary();
    const shown = this.clock.now().getTime() - this.milliseconds;
    const index = this.history.findLastIndex(({ since }) => since <= shown);
    // No read returns an older state, unless the clock is set back.
    this.history.splice(0, Math.max(0, index));
    return (this.history[0] as Snapshot).store;
  }

  /** Keeps the primary's state; called after each change. */
  record(): void {
    if (this.milliseconds === 0) return;
    this.history.push({ since: this.clock.now().getTime(), store: this.primary().copy() });
  }

  /** The primary is a restored one: a replica is made again from it, and has no older state. */
  rebuild(): void {
    if (this.milliseconds === 0) return;
    this.history = [{ since: Number.NEGATIVE_INFINITY, store: this.primary().copy() }];
  }

  clear(): void {
    this.lag = 0;
    this.every = 1;
    this.reads = 0;
  }
}
