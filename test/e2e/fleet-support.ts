import { expect } from "vitest";
import type { Emulator } from "../../provider/testing/index.js";
import { hold } from "../support/emulator.js";

/** Lets GitLab create `passed` tokens, then holds back the responses to further creates. */
export function holdAnswers(gitlab: Emulator, passed = 0) {
  const rule = { method: "POST", when: "after" } as const;
  if (passed > 0) gitlab.faults.add({ ...rule, times: passed, fault: { kind: "delay", ms: 0 } });
  const held = hold(gitlab, { ...rule, times: Number.POSITIVE_INFINITY });
  return {
    /** Waits until that many tokens exist. */
    atLeast: (count: number) =>
      expect.poll(() => gitlab.deployTokens().length, { timeout: 300_000 }).toBeGreaterThanOrEqual(count),
    release: () => {
      held.release();
      held.remove();
    },
  };
}

/** `acme/team-0: pull 0` for each token in GitLab, sorted. */
export function liveNames(gitlab: Emulator): string[] {
  return gitlab
    .deployTokens()
    .map(({ kind, ownerId, name }) => `${gitlab.store.find(kind, String(ownerId))?.path}: ${name}`)
    .sort();
}
