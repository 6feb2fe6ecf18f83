import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { type Emulator, type EmulatorOptions, start } from "../../provider/testing/index.js";
import { Stack, type StackOptions } from "../engine/stack.js";
import { profileName } from "../support/profile.js";
import { tokens } from "../support/run.js";

/** Starts an emulator for the tests of a file. It removes the stacks that use it after each test. */
export function useEmulator(options: EmulatorOptions = {}) {
  const used: { gitlab: Emulator; stacks: Stack[] } = { gitlab: undefined as never, stacks: [] };
  beforeAll(async () => {
    used.gitlab = await start({ profile: profileName, ...options });
  });
  afterEach(() => {
    for (const stack of used.stacks.splice(0)) stack.dispose();
    used.gitlab.reset();
  });
  afterAll(() => used.gitlab.close());

  return {
    get gitlab() {
      return used.gitlab;
    },
    /** A stack whose configuration names the emulator and an owner's access token. */
    async stack(program: StackOptions["program"], more: Partial<StackOptions> = {}): Promise<Stack> {
      const stack = await Stack.create(inject("engine"), {
        program,
        ...more,
        config: { "gitlab:baseUrl": used.gitlab.url, "gitlab:retries": "1", ...more.config },
        secrets: { "gitlab:token": tokens.owner, ...more.secrets },
      });
      used.stacks.push(stack);
      return stack;
    },
  };
}

export const writes = (gitlab: Emulator) =>
  gitlab.requests
    .filter(({ method }) => method !== "GET")
    .map(({ method, path }) => `${method} ${path.slice(7)}`);
