import { setTimeout as delay } from "node:timers/promises";
import { now, testingTime } from "../../clock.js";

/** The time of a run. Tests replace it, so that minutes pass at once. */
export interface Time {
  /** The time of day, for records in the state and comparisons with those of earlier runs. */
  now(): Date;
  /** Milliseconds since an arbitrary start: never set back. */
  elapsed(): number;
  /** Rejects when the signal is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** Real time, which starts at the time that a test sets. A sleep keeps the process alive. */
export function systemTime(env: NodeJS.ProcessEnv): Time {
  const startedAt = performance.now();
  const passed = () => (env[testingTime] ? performance.now() - startedAt : 0);
  return {
    now: () => new Date(now(env).getTime() + passed()),
    elapsed: () => performance.now(),
    sleep: (milliseconds, signal) => delay(milliseconds, undefined, signal === undefined ? {} : { signal }),
  };
}
