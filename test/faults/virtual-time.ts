import type { Time } from "../../provider/lifecycle/run/time.js";
import type { Clock } from "../../provider/testing/index.js";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Time that passes only while all work waits, so that minutes of a history take microseconds. The emulator uses the
 * same clock, which puts late commits and the runs in order.
 */
export class VirtualTime implements Time {
  private sleepers: Sleeper[] = [];
  private busy = 0;

  constructor(private readonly clock: Clock) {}

  now(): Date {
    return this.clock.now();
  }

  elapsed(): number {
    return this.clock.now().getTime();
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener("abort", abort);
        if (signal?.aborted) reject(signal.reason as Error);
        else resolve();
      };
      const sleeper = { due: this.elapsed() + milliseconds, wake };
      const abort = () => {
        this.sleepers = this.sleepers.filter((each) => each !== sleeper);
        wake();
      };
      if (signal?.aborted) return wake();
      this.sleepers.push(sleeper);
      signal?.addEventListener("abort", abort);
    });
  }

  /** Runs work that takes no time: no sleep ends during it. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.busy++;
    try {
      return await work();
    } finally {
      this.busy--;
    }
  }

  /** Lets time pass as long as the work needs it. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    work.then(done, done);
    for (let idle = 0; !isDone; ) {
      await turn();
      if (isDone) break;
      idle = this.busy > 0 ? 0 : idle + 1;
      if (idle < 3) continue;
      if (await this.wakeNext()) idle = 0;
      else if (idle > 20_000) throw new Error("nothing is left that the work could wait for");
    }
    return work;
  }

  /** Lets this time pass while nothing else happens. */
  pass(milliseconds: number): Promise<void> {
    return this.clock.advance(milliseconds);
  }

  private async wakeNext(): Promise<boolean> {
    const [next] = this.sleepers.sort((a, b) => a.due - b.due);
    if (next === undefined) return false;
    this.sleepers = this.sleepers.filter((each) => each !== next);
    await this.clock.advance(Math.max(0, next.due - this.elapsed()));
    next.wake();
    return true;
  }
}
