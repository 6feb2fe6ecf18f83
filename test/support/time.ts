import { setTimeout as delay } from "node:timers/promises";
import type { Time } from "../../provider/lifecycle/run/time.js";

/** Real time that skips long sleeps by setting the clock forward. */
export class SkippedTime implements Time {
  private skipped = 0;

  now(): Date {
    return new Date(Date.now() + this.skipped);
  }

  elapsed(): number {
    return performance.now() + this.skipped;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    // Reads wait some milliseconds for each other.
    if (milliseconds <= 50) return delay(milliseconds);
    this.pass(milliseconds);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  pass(milliseconds: number): void {
    this.skipped += milliseconds;
  }
}
