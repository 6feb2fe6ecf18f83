import { setTimeout as delay } from "node:timers/promises";
import { DeployTokenError } from "../../gitlab/errors.js";

/** The engine kills the process five seconds after its SIGINT. */
const grace = 4_500;

/**
 * After the second Ctrl-C the engine no longer records the results of creates. The process then waits for requests in
 * flight, so that they can be undone, before it ends.
 */
export class Interruption {
  private readonly running = new Set<Promise<unknown>>();
  private listening = false;
  private isRequested = false;

  constructor(
    private readonly listen: (handler: () => void) => void,
    private readonly exit: () => void,
  ) {}

  get requested(): boolean {
    return this.isRequested;
  }

  /** Runs work that must not be cut off. After an interruption, no such work starts. */
  async runToCompletion<T>(work: () => Promise<T>): Promise<T> {
    if (this.isRequested) {
      throw new DeployTokenError("interrupted", "Interrupted before the deploy token was created.");
    }
    if (!this.listening) {
      this.listening = true;
      this.listen(() => void this.end());
    }
    const running = work();
    this.running.add(running);
    try {
      return await running;
    } finally {
      this.running.delete(running);
    }
  }

  private async end(): Promise<void> {
    this.isRequested = true;
    const timer = new AbortController();
    await Promise.race([
      Promise.allSettled(this.running),
      delay(grace, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
    this.exit();
  }
}
