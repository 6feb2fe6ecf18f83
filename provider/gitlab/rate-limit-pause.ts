import { setTimeout as delay } from "node:timers/promises";

/** Holds back every request of the process while GitLab asks to slow down. */
export class RateLimitPause {
  private opensAt = 0;
  private inARow = 0;

  /** How many times in a row GitLab said so; requests that are refused together count once. */
  refused(): number {
    if (Date.now() >= this.opensAt) this.inARow += 1;
    return Math.max(1, this.inARow);
  }

  /** GitLab answered a request. */
  passed(): void {
    this.inARow = 0;
  }

  pauseFor(milliseconds: number): void {
    this.opensAt = Math.max(this.opensAt, Date.now() + milliseconds);
  }

  async wait(signal: AbortSignal): Promise<void> {
    // Another response may have started a new pause in the meantime.
    for (let wait = this.opensAt - Date.now(); wait > 0; wait = this.opensAt - Date.now()) {
      await delay(wait, undefined, { signal });
    }
  }
}
