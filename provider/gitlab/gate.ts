import { setTimeout as delay } from "node:timers/promises";

/** Holds back every request of the process while GitLab says to slow down. */
export class Gate {
  private opensAt = 0;

  closeFor(milliseconds: number): void {
    this.opensAt = Math.max(this.opensAt, Date.now() + milliseconds);
  }

  async passed(signal: AbortSignal): Promise<void> {
    // Another answer may have closed it again meanwhile.
    for (let wait = this.opensAt - Date.now(); wait > 0; wait = this.opensAt - Date.now()) {
      await delay(wait, undefined, { signal });
    }
  }
}
