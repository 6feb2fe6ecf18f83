import type { Emulator } from "./emulator.js";
import type { DeployToken, Owner } from "./entities.js";
import type { Environment } from "./environment.js";
import type { DeployTokenByHand, Seed } from "./seed.js";

type ByHand = Pick<
  Emulator,
  | "seed"
  | "createDeployToken"
  | "deployTokens"
  | "revoke"
  | "deleteDeployToken"
  | "move"
  | "scheduleDeletion"
  | "deleteOwner"
>;

/**
 * Changes outside the API, as the web interface makes them.
 *
 * @param changed called after each
 */
export function byHand(environment: Environment, changed: () => void): ByHand {
  const { profile, tokenPrefix } = environment;

  const ownerOf = (kind: "project" | "group", id: string): Owner => {
    const owner = environment.store.find(kind, id);
    if (owner === undefined) throw new RangeError(`the emulator has no ${kind} ${id}`);
    return owner;
  };
  const deployTokenOf = (id: number): DeployToken => {
    const token = environment.store.deployTokens.get(id);
    if (token === undefined) throw new RangeError(`the emulator has no deploy token ${id}`);
    return token;
  };
  const createDeployToken = (token: DeployTokenByHand): DeployToken => {
    const { project, group, name, scopes, username, expiresAt } = token;
    const kind = project === undefined ? "group" : "project";
    const owner = ownerOf(kind, project ?? group ?? "");
    const expiry = expiresAt === undefined ? null : new Date(expiresAt);
    if (Number.isNaN(expiry?.getTime())) {
      throw new RangeError(`expiresAt is ${JSON.stringify(expiresAt)}; wanted: a date such as 2030-01-31`);
    }
    const row = {
      kind,
      ownerId: owner.id,
      name,
      scopes: profile.scopes.filter((scope) => scopes.includes(scope)),
      username: username ?? null,
      expiresAt: expiry,
    } as const;
    return environment.store.addDeployToken(row, tokenPrefix);
  };

  return recorded(changed, {
    seed: (more: Seed) => {
      environment.store.add(more);
      for (const token of more.deployTokens ?? []) createDeployToken(token);
    },
    createDeployToken,
    deployTokens: () => [...environment.store.deployTokens.values()],
    revoke: (id) => {
      deployTokenOf(id).revoked = true;
    },
    deleteDeployToken: (id) => void environment.store.deployTokens.delete(deployTokenOf(id).id),
    move: (kind, from, to) => environment.store.move(ownerOf(kind, from), to),
    scheduleDeletion: (kind, id) =>
      environment.store.scheduleDeletion(ownerOf(kind, id), today(environment.clock.now())),
    deleteOwner: (kind, id, { keepsTokens = !profile.cascades } = {}) =>
      environment.store.delete(ownerOf(kind, id), !keepsTokens),
  });
}

/** A day as GitLab prints it. */
export function today(now: Date): string {
  return now.toISOString().slice(0, 10);
}

/** The same functions, each followed by `changed`. */
function recorded(changed: () => void, { deployTokens, ...functions }: ByHand): ByHand {
  const wrapped = Object.entries(functions).map(([name, run]) => [
    name,
    (...args: unknown[]) => {
      const result: unknown = (run as (...args: unknown[]) => unknown)(...args);
      changed();
      return result;
    },
  ]);
  return { ...(Object.fromEntries(wrapped) as typeof functions), deployTokens };
}
