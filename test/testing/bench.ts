import { afterAll, afterEach, beforeAll } from "vitest";
import { type Emulator, type EmulatorOptions, start } from "../../provider/testing/index.js";
import { type RawAnswer, type RawRequest, raw } from "../contract/raw.js";
import { tokens } from "../support/run.js";

/** One emulator for a file, reset after each test; others are closed then. */
export function useEmulator() {
  let gitlab: Emulator;
  const extra: Emulator[] = [];
  beforeAll(async () => {
    gitlab = await start();
  });
  afterEach(async () => {
    gitlab.reset();
    await Promise.all(extra.splice(0).map((each) => each.close()));
  });
  afterAll(() => gitlab.close());
  return {
    get gitlab(): Emulator {
      return gitlab;
    },
    another: async (options: EmulatorOptions): Promise<Emulator> => {
      const emulator = await start(options);
      extra.push(emulator);
      return emulator;
    },
    /** As the owner of everything in the default seed, unless another token is given. */
    ask: (path: string, request: RawRequest = {}, emulator = gitlab): Promise<RawAnswer> =>
      raw({ url: emulator.url, token: tokens.owner }, path, request),
  };
}

export const valid = { name: "a", scopes: ["read_registry"] };
export const forbidden = { status: 403, body: { message: "403 Forbidden" } };
export const project404 = { status: 404, body: { message: "404 Project Not Found" } };
export const group404 = { status: 404, body: { message: "404 Group Not Found" } };
