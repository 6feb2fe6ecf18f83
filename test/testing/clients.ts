import { afterAll, afterEach, beforeAll } from "vitest";
import type { DeployTokenCredentials } from "../../provider/index.js";
import { type DeployToken, type Emulator, type Seed, start } from "../../provider/testing/index.js";
import { Readers } from "../engine/readers.js";

/** Starts an emulator with data for each route, and the programs that send requests. */
export function useRoutes(seed: Seed) {
  const used = {} as { gitlab: Emulator; readers: Readers };
  beforeAll(async () => {
    used.gitlab = await start({ seed });
    used.readers = new Readers();
  });
  afterEach(() => used.gitlab.reset());
  afterAll(async () => {
    used.readers.dispose();
    await used.gitlab.close();
  });
  return {
    get gitlab() {
      return used.gitlab;
    },
    get readers() {
      return used.readers;
    },
    get host() {
      return new URL(used.gitlab.url).host;
    },
    make(owner: { project: string } | { group: string }, ...scopes: string[]): DeployToken {
      return used.gitlab.createDeployToken({ ...owner, name: "route", scopes });
    },
    /** The outputs that a stack would have. */
    source({ id, token, username, kind, ownerId }: DeployToken): DeployTokenCredentials {
      return {
        username: username ?? `gitlab+deploy-token-${id}`,
        token,
        baseUrl: used.gitlab.url,
        [kind]: String(ownerId),
      };
    },
    ask: (path: string, headers: Record<string, string> = {}) =>
      fetch(`${used.gitlab.url}${path}`, { headers }),
  };
}

export function basic({ id, token, username }: DeployToken): Record<string, string> {
  const text = `${username ?? `gitlab+deploy-token-${id}`}:${token}`;
  return { authorization: `Basic ${Buffer.from(text).toString("base64")}` };
}

/** Each way in which a token stops working. */
export const deaths: readonly [string, (gitlab: Emulator, token: DeployToken) => void][] = [
  ["expired", (gitlab) => gitlab.clock.set("2031-01-01T00:00:00.001Z")],
  ["revoked", (gitlab, { id }) => gitlab.revoke(id)],
  ["deleted", (gitlab, { id }) => gitlab.deleteDeployToken(id)],
];

/** A token that expires at the time of `deaths`. */
export const mortal = { name: "mortal", expiresAt: "2031-01-01" } as const;
