import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from "vitest";
import { type Emulator, type EmulatorOptions, type FaultRule, start } from "../../provider/testing/index.js";

/** The emulator of a file that calls `useEmulator`. */
export let gitlab: Emulator;

/** Starts one emulator for the tests of a file and resets it after each. Each test begins at `time` if it is given. */
export function useEmulator({ time, ...options }: EmulatorOptions & { readonly time?: string } = {}): void {
  beforeAll(async () => {
    gitlab = await start(options);
  });
  if (time !== undefined) beforeEach(() => gitlab.clock.set(time));
  afterEach(() => gitlab.reset());
  afterAll(() => gitlab.close());
}

/** Starts one more emulator, which is closed when the test ends. */
export async function another(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await start(options);
  onTestFinished(() => emulator.close());
  return emulator;
}

/** A promise that the test fulfils. */
export function latch() {
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { until, release: () => release() };
}

/** Holds the next matching request back, or its response, until the test releases it. */
export function hold(emulator: Pick<Emulator, "faults">, rule: Omit<FaultRule, "fault">) {
  const { until, release } = latch();
  return Object.assign(emulator.faults.add({ ...rule, fault: { kind: "wait", until } }), { release });
}
