import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { application, type Modes } from "./application.js";
import { Clock } from "./clock.js";
import type { DeployToken, Owner } from "./entities.js";
import type { Environment } from "./environment.js";
import { Faults } from "./faults.js";
import { gateway } from "./gateway.js";
import { type ProfileName, profiles } from "./profiles.js";
import { RateLimit, type RateLimitOptions } from "./rate-limit.js";
import { Repositories } from "./repositories.js";
import { type LoggedRequest, RequestLog } from "./request-log.js";
import { type DeployTokenByHand, defaultSeed, type Seed } from "./seed.js";
import { Store } from "./store.js";

/** How an emulator starts; everything has a default. */
export interface EmulatorOptions {
  /** On 127.0.0.1. @default any free one */
  readonly port?: number;
  /** The version of GitLab that it stands for. @default "latest" */
  readonly profile?: ProfileName;
  /** What it holds at first, and after each `reset`. @default defaultSeed */
  readonly seed?: Seed;
  /** @default no limit, as in a self-managed GitLab */
  readonly rateLimit?: RateLimitOptions;
  /** How long each answer takes at least, in milliseconds. @default 0 */
  readonly latency?: number;
  /** Whether administrators need the scope `admin_mode`. @default false */
  readonly adminMode?: boolean;
  /** 12.9's feature flag: false answers 503. @default true */
  readonly deployTokensApi?: boolean;
  /** GitLab's own address in its configuration, which pages link to. @default the emulator's url */
  readonly externalUrl?: string;
  /** An administrator's `instance_token_prefix`: values begin with `<prefix>-gldt-`. @default none */
  readonly instanceTokenPrefix?: string;
}

/** A running emulator. */
export interface Emulator {
  /** As in `http://127.0.0.1:34567`, for `gitlab:baseUrl`. */
  readonly url: string;
  /** Every request since the start or the last `reset`, in order of arrival. Credentials are left out. */
  readonly requests: readonly LoggedRequest[];
  /** Its time, which can be set and moved. */
  readonly clock: Clock;
  /** What goes wrong with requests that fit. */
  readonly faults: Faults;
  /** Maintenance and read-only mode. */
  readonly modes: Modes;
  /** Everything it holds, to look at and to change behind the API's back. */
  readonly store: Store;
  /** Adds users, groups, projects and deploy tokens. */
  seed(seed: Seed): void;
  /** Back to how it started: store, log, clock, modes, faults, counts of the rate limit. */
  reset(): void;
  /** Empties `requests`. */
  clearRequests(): void;
  /** Resolves with the first request that fits, once it has arrived. */
  waitFor(fits: (request: LoggedRequest) => boolean): Promise<LoggedRequest>;
  /** Makes a deploy token as the web interface does. */
  createDeployToken(token: DeployTokenByHand): DeployToken;
  /** The deploy tokens that it holds, with their values. */
  deployTokens(): DeployToken[];
  /** Revokes as the web interface does: the row stays. */
  revoke(deployTokenId: number): void;
  /** Deletes a deploy token behind the client's back. */
  deleteDeployToken(deployTokenId: number): void;
  /** Renames or transfers a project or group. */
  move(kind: "project" | "group", from: string, to: string): void;
  /**
   * Deletes a project or group.
   *
   * @param options.keepsTokens whether its deploy tokens stay in the instance's list; default: before 17.3
   */
  deleteOwner(kind: "project" | "group", id: string, options?: { readonly keepsTokens?: boolean }): void;
  /** Ends it and all its connections; nothing is left running. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for GitLab's deploy-token API, stateful and faithful to GitLab's source. It listens on
 * 127.0.0.1 only. Needs the package `hono` beside this one.
 *
 * @example
 * ```ts
 * import { start } from "pulumi-gitlab-deploy-tokens/testing";
 *
 * const gitlab = await start();
 * process.env.GITLAB_BASE_URL = gitlab.url;
 * process.env.GITLAB_TOKEN = "glpat-owner-0000000001";
 * // … pulumi up …
 * console.log(gitlab.deployTokens().length);
 * await gitlab.close();
 * ```
 * @see https://docs.gitlab.com/api/deploy_tokens/
 */
export async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, seed = defaultSeed, latency = 0 } = options;
  const profile = profiles[options.profile ?? "latest"];
  const clock = new Clock();
  const faults = new Faults();
  const log = new RequestLog();
  const modes: Modes = { maintenance: false, readOnly: false };
  const rateLimit = options.rateLimit === undefined ? undefined : new RateLimit(options.rateLimit);
  const closing = new AbortController();
  const instance = options.instanceTokenPrefix === undefined ? "" : `${options.instanceTokenPrefix}-`;
  let url = "";
  const environment: Environment & { store: Store } = {
    store: new Store(),
    clock,
    profile,
    externalUrl: () => options.externalUrl?.replace(/\/+$/, "") ?? url,
    tokenPrefix: profile.prefix ? `${instance}gldt-` : "",
    adminMode: options.adminMode ?? false,
    repositories: new Repositories(),
    deployTokensApi: options.deployTokensApi ?? true,
  };

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
    const row = {
      kind,
      ownerId: owner.id,
      name,
      scopes: profile.scopes.filter((scope) => scopes.includes(scope)),
      username: username ?? null,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
    } as const;
    return environment.store.addDeployToken(row, environment.tokenPrefix);
  };
  const add = (more: Seed): void => {
    environment.store.add(more);
    for (const token of more.deployTokens ?? []) createDeployToken(token);
  };

  add(seed);
  let app = application(environment, modes);
  const store = () => environment.store;
  const answer = (request: Request) => app.fetch(request);
  const now = () => clock.now();
  const server = createServer(
    gateway({ store, answer, now, log, faults, rateLimit, latency, closing: closing.signal }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    requests: log.entries,
    clock,
    faults,
    modes,
    get store() {
      return environment.store;
    },
    seed: add,
    reset: () => {
      environment.store = new Store();
      environment.repositories.clear();
      add(seed);
      // The routes hold on to their store.
      app = application(environment, modes);
      Object.assign(modes, { maintenance: false, readOnly: false });
      faults.clear();
      clock.set(undefined);
      log.clear();
      rateLimit?.clear();
    },
    clearRequests: () => log.clear(),
    waitFor: (fits) => log.waitFor(fits),
    createDeployToken,
    deployTokens: () => [...environment.store.deployTokens.values()],
    revoke: (id) => {
      deployTokenOf(id).revoked = true;
    },
    deleteDeployToken: (id) => void environment.store.deployTokens.delete(deployTokenOf(id).id),
    move: (kind, from, to) => environment.store.move(ownerOf(kind, from), to),
    deleteOwner: (kind, id, { keepsTokens = !profile.cascades } = {}) =>
      environment.store.delete(ownerOf(kind, id), !keepsTokens),
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        environment.repositories.clear();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
