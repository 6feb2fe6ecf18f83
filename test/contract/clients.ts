import { DeployTokens } from "@gitbeaker/rest";
import {
  createDeployToken,
  type DeployToken,
  deleteDeployToken,
  listDeployTokens,
} from "../../provider/gitlab/deploy-tokens.js";
import { findDeployToken } from "../../provider/gitlab/find-deploy-token.js";
import { clientOf } from "../support/client.js";
import { profile } from "../support/profile.js";
import type { Target } from "./target.js";

/** A deploy token as each client returns it. */
export interface Seen {
  readonly id: number;
  readonly name: string;
  readonly username: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | undefined;
  readonly token?: string;
}

export interface Wanted {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly username?: string;
  readonly expiresAt?: string;
}

/** The operations that the contract needs. */
export interface ContractClient {
  create(kind: "project" | "group", id: number | string, token: Wanted): Promise<Seen>;
  get(kind: "project" | "group", id: number | string, tokenId: number): Promise<Seen>;
  list(kind: "project" | "group", id: number | string): Promise<Seen[]>;
  remove(kind: "project" | "group", id: number | string, tokenId: number): Promise<void>;
}

export const clients: Record<string, (target: Target) => ContractClient> = {
  "@gitbeaker/rest": gitbeaker,
  "this package": own,
};

interface GitbeakerToken {
  id: number;
  name: string;
  username: string;
  scopes?: string[];
  expires_at: string | null;
  token?: string;
}

function gitbeaker({ url, token }: Target): ContractClient {
  const api = new DeployTokens({ host: url, oauthToken: token });
  const owner = (kind: "project" | "group", id: number | string) =>
    (kind === "project" ? { projectId: id } : { groupId: id }) as { projectId: number | string };
  const seen = (wire: unknown): Seen => {
    const { id, name, username, scopes = [], expires_at, token: value } = wire as GitbeakerToken;
    const expiresAt = expires_at ?? undefined;
    return { id, name, username, scopes, expiresAt, ...(value === undefined ? {} : { token: value }) };
  };
  return {
    create: async (kind, id, { name, scopes, username, expiresAt }) =>
      seen(
        await api.create(name, scopes as never, {
          ...owner(kind, id),
          ...(username === undefined && !profile.requiresExpiryAndUsername
            ? {}
            : { username: username ?? "" }),
          ...(expiresAt === undefined && !profile.requiresExpiryAndUsername
            ? {}
            : { expiresAt: expiresAt ?? "" }),
        }),
      ),
    get: async (kind, id, tokenId) => {
      if (profile.getsOne) return seen(await api.show(tokenId, owner(kind, id)));
      const all = (await api.all({
        ...owner(kind, id),
        perPage: 100,
      } as never)) as unknown as GitbeakerToken[];
      const found = all.find((each) => each.id === tokenId);
      if (found === undefined) throw new Error("no such deploy token");
      return seen(found);
    },
    list: async (kind, id) =>
      ((await api.all({ ...owner(kind, id), perPage: 100 } as never)) as unknown[]).map(seen),
    remove: async (kind, id, tokenId) => {
      await api.remove(tokenId, owner(kind, id));
    },
  };
}

function own({ url, token }: Target): ContractClient {
  const client = clientOf({ baseUrl: url, token, retries: 2 });
  const signal = () => AbortSignal.timeout(60_000);
  type Own = DeployToken & { token?: string };
  const seen = ({ deployTokenId, revoked: _, ...rest }: Own): Seen => ({ id: deployTokenId, ...rest });
  const owner = (kind: "project" | "group", id: number | string) => ({ kind, id: String(id) });
  return {
    create: async (kind, id, { name, scopes, username, expiresAt }) =>
      seen(await createDeployToken(client, owner(kind, id), { name, scopes, username, expiresAt }, signal())),
    get: async (kind, id, tokenId) => seen(await findDeployToken(client, owner(kind, id), tokenId, signal())),
    list: async (kind, id) => (await listDeployTokens(client, owner(kind, id), signal())).map(seen),
    remove: (kind, id, tokenId) => deleteDeployToken(client, owner(kind, id), tokenId, signal()),
  };
}
