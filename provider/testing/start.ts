import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { application, type Modes } from "./application.js";
import { Clock } from "./clock.js";
import type { DeployToken } from "./entities.js";
import type { Environment } from "./environment.js";
import { type Answer, headersOf, readBody, send, sendFault, toAnswer, toRequest } from "./exchange.js";
import { Faults } from "./faults.js";
import { type ProfileName, profiles } from "./profiles.js";
import { RateLimit, type RateLimitOptions } from "./rate-limit.js";
import { type LoggedRequest, logged, RequestLog } from "./request-log.js";
import { defaultSeed, type Seed } from "./seed.js";
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
}

/** A deploy token by hand, as the web interface makes one. */
export interface DeployTokenByHand {
  readonly project?: string;
  readonly group?: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly username?: string;
  readonly expiresAt?: Date | string;
}

/** A running emulator. */
export interface Emulator {
  /** As in `http://127.0.0.1:34567`, for `gitlab:baseUrl`. */
  readonly url: string;
  /** Every request since the start or the last `reset`, in order of arrival. Credentials are left out. */
  readonly requests: readonly LoggedRequest[];
  readonly clock: Clock;
  readonly faults: Faults;
  readonly modes: Modes;
  /** Everything it holds, to look at and to change behind the API's back. */
  readonly store: Store;
  /** Adds users, groups and projects. */
  seed(seed: Seed): void;
  /** Back to how it started: store, log, clock, faults. */
  reset(): void;
  clearRequests(): void;
  /** Resolves with the first request that fits, once it has arrived. */
  waitFor(fits: (request: LoggedRequest) => boolean): Promise<LoggedRequest>;
  /** Makes a deploy token as the web interface does. */
  createDeployToken(token: DeployTokenByHand): DeployToken;
  /** The deploy tokens that it holds, with their values. */
  deployTokens(): DeployToken[];
  /** Revokes as the web interface does: the row stays. */
  revoke(deployTokenId: number): void;
  /** Renames or transfers a project or group. */
  move(kind: "project" | "group", from: string, to: string): void;
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
  const { port = 0, profile = "latest", seed = defaultSeed, latency = 0 } = options;
  const clock = new Clock();
  const faults = new Faults();
  const log = new RequestLog();
  const modes: Modes = { maintenance: false, readOnly: false };
  const rateLimit = options.rateLimit === undefined ? undefined : new RateLimit(options.rateLimit);
  const environment: Environment & { store: Store } = {
    store: new Store(),
    clock,
    profile: profiles[profile],
    adminMode: options.adminMode ?? false,
    deployTokensApi: options.deployTokensApi ?? true,
  };
  environment.store.add(seed);
  let app = application(environment, modes);

  const answerOf = async (
    incoming: IncomingMessage,
    headers: Record<string, string>,
    body: string,
  ): Promise<Answer> => {
    const refusal = rateLimit?.refuse(userOf(headers, environment.store), Date.now());
    if (refusal === undefined) return toAnswer(await app.fetch(toRequest(incoming, headers, body)));
    return {
      status: 429,
      headers: { "content-type": "text/plain", ...refusal.headers },
      body: Buffer.from("Retry later\n"),
    };
  };

  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await readBody(incoming);
    const headers = headersOf(incoming);
    const entry = logged(
      incoming.method ?? "",
      incoming.url ?? "",
      headers,
      body,
      userOf(headers, environment.store),
    );
    log.add(entry);
    if (latency > 0) await delay(latency);
    const rule = faults.take(entry.method, entry.path);
    const before = rule !== undefined && rule.when !== "after";
    if (before && ["reset", "hang", "respond"].includes(rule.fault.kind)) {
      return sendFault(outgoing, rule.fault, { status: 0, headers: {}, body: Buffer.alloc(0) });
    }
    if (before && rule.fault.kind === "wait") await rule.fault.until;
    const answer = await answerOf(incoming, headers, body);
    entry.status = answer.status;
    if (rule === undefined) return send(outgoing, answer);
    return sendFault(outgoing, rule.fault, answer);
  };

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const ownerOf = (kind: "project" | "group", id: string) => {
    const owner = environment.store.find(kind, id);
    if (owner === undefined) throw new RangeError(`the emulator has no ${kind} ${id}`);
    return owner;
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: log.entries,
    clock,
    faults,
    modes,
    get store() {
      return environment.store;
    },
    seed: (more) => environment.store.add(more),
    reset: () => {
      environment.store = new Store();
      environment.store.add(seed);
      app = application(environment, modes);
      Object.assign(modes, { maintenance: false, readOnly: false });
      faults.clear();
      clock.set(undefined);
      log.clear();
    },
    clearRequests: () => log.clear(),
    waitFor: (fits) => log.waitFor(fits),
    createDeployToken: ({ project, group, name, scopes, username, expiresAt }) => {
      const kind = project === undefined ? "group" : "project";
      const owner = ownerOf(kind, project ?? group ?? "");
      const row = {
        kind,
        ownerId: owner.id,
        name,
        scopes: environment.profile.scopes.filter((scope) => scopes.includes(scope)),
        username: username ?? null,
        expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
      } as const;
      return environment.store.addDeployToken(row, environment.profile.prefix);
    },
    deployTokens: () => [...environment.store.deployTokens.values()],
    revoke: (deployTokenId) => {
      const token = environment.store.deployTokens.get(deployTokenId);
      if (token === undefined) throw new RangeError(`the emulator has no deploy token ${deployTokenId}`);
      token.revoked = true;
    },
    move: (kind, from, to) => environment.store.move(ownerOf(kind, from), to),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function userOf(headers: Readonly<Record<string, string>>, store: Store): string | undefined {
  const value = headers["private-token"] ?? /^Bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1];
  return value === undefined ? undefined : store.accessTokens.get(value)?.user.username;
}
