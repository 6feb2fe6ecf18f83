interface Timer {
  readonly due: number;
  readonly action: () => Promise<void>;
  handle: NodeJS.Timeout | undefined;
}

const longestTimeout = 2 ** 31 - 1;

/** The emulator's time: real until it is set. Tasks run in order when the clock passes their time. */
export class Clock {
  private fixed: number | undefined;
  private readonly timers = new Set<Timer>();
  private readonly running = new Set<Promise<void>>();

  /** The current time of the emulator. */
  now(): Date {
    return new Date(this.fixed ?? Date.now());
  }

  /**
   * Stops the clock at an instant; `undefined` lets it run again.
   *
   * @returns a promise that resolves once every task that is due at the new time is done, such as a late commit
   */
  set(instant: Date | string | undefined): Promise<void> {
    if (instant === undefined) {
      this.fixed = undefined;
      for (const timer of this.timers) this.arm(timer);
      return this.idle();
    }
    const target = new Date(instant).getTime();
    if (Number.isNaN(target)) throw new RangeError(`clock: ${String(instant)} is not a date`);
    return this.stopAt(target);
  }

  /**
   * Moves the clock forward and stops it there.
   *
   * @example
   * ```ts
   * import { start } from "pulumi-gitlab-deploy-tokens/testing";
   *
   * const gitlab = await start();
   * await gitlab.clock.advance(5_000); // every task of these five seconds is done
   * ```
   * @returns a promise that resolves once every task that is due at the new time is done, such as a late commit
   */
  advance(milliseconds: number): Promise<void> {
    return this.stopAt(this.now().getTime() + milliseconds);
  }

  /** Runs a task once that much time has passed by this clock. */
  after(milliseconds: number, action: () => Promise<void>): void {
    const timer: Timer = { due: this.now().getTime() + milliseconds, action, handle: undefined };
    this.timers.add(timer);
    if (this.fixed === undefined) this.arm(timer);
  }

  /** Resolves once all due tasks are done. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  /** Drops the tasks that are not due yet. */
  clear(): void {
    for (const { handle } of this.timers) clearTimeout(handle);
    this.timers.clear();
  }

  private async stopAt(target: number): Promise<void> {
    for (const { handle } of this.timers) clearTimeout(handle);
    for (;;) {
      const [next] = [...this.timers].filter(({ due }) => due <= target).sort((a, b) => a.due - b.due);
      if (next === undefined) break;
      this.fixed = next.due;
      await this.run(next);
    }
    this.fixed = target;
    await this.idle();
  }

  private arm(timer: Timer): void {
    const left = Math.max(0, timer.due - Date.now());
    // Node.js fires at once where the time exceeds its limit.
    const step = Math.min(left, longestTimeout);
    timer.handle = setTimeout(() => (step < left ? this.arm(timer) : void this.run(timer)), step);
  }

  private run(timer: Timer): Promise<void> {
    this.timers.delete(timer);
    const done = timer.action().finally(() => this.running.delete(done));
    this.running.add(done);
    return done;
  }
}
