import type { RequestListener } from "node:http";
import { application } from "./application.js";
import { byHand } from "./by-hand.js";
import { Clock } from "./clock.js";
import type { Emulator, EmulatorOptions } from "./emulator.js";
import type { Environment } from "./environment.js";
import { FaultRules } from "./faults.js";
import { gateway } from "./gateway.js";
import type { Modes } from "./modes.js";
import { profiles } from "./profiles.js";
import { RateLimit } from "./rate-limit.js";
import { LaggingReplica } from "./replica.js";
import { Repositories } from "./repositories.js";
import { RequestLog } from "./request-log.js";
import { defaultSeed } from "./seed.js";
import { Store } from "./store.js";

/** An emulated GitLab without a socket. */
interface Instance {
  readonly emulator: Omit<Emulator, "url" | "close">;
  readonly handle: RequestListener;
  close(): void;
}

export function createInstance(options: EmulatorOptions, url: () => string, clock = new Clock()): Instance {
  const { seed = defaultSeed, latency = 0 } = options;
  const profile = profiles[options.profile ?? "latest"];
  const faults = new FaultRules();
  const log = new RequestLog();
  const modes: Modes = { maintenance: false, readOnly: false };
  const rateLimit = options.rateLimit === undefined ? undefined : new RateLimit(options.rateLimit);
  const closing = new AbortController();
  const instance = options.instanceTokenPrefix === undefined ? "" : `${options.instanceTokenPrefix}-`;
  const environment: Environment & { store: Store } = {
    store: new Store(),
    clock,
    profile,
    externalUrl: () => options.externalUrl?.replace(/\/+$/, "") ?? url(),
    tokenPrefix: profile.prefix ? `${instance}gldt-` : "",
    adminMode: options.adminMode ?? false,
    delayedDeletion: options.delayedDeletion ?? false,
    repositories: new Repositories(),
    deployTokensApi: options.deployTokensApi ?? true,
  };

  const store = () => environment.store;
  const replica = new LaggingReplica(store, clock);
  const hand = byHand(environment, () => replica.record());
  hand.seed(seed);
  // Routes are bound to one store; a restore and a replica bring others.
  const applications = new WeakMap<Store, ReturnType<typeof application>>();
  const answer = (request: Request, database: Store) => {
    const app = applications.get(database) ?? application({ ...environment, store: database });
    applications.set(database, app);
    return app.fetch(request);
  };
  const parts = { store, replica, answer, clock, log, faults, rateLimit, latency, modes, profile };
  const emulator: Instance["emulator"] = {
    requests: log.entries,
    clock,
    faults,
    replica,
    modes,
    get store() {
      return environment.store;
    },
    ...hand,
    reset: () => {
      clock.clear();
      replica.clear();
      environment.store = new Store();
      environment.repositories.clear();
      hand.seed(seed);
      Object.assign(modes, { maintenance: false, readOnly: false });
      faults.clear();
      faults.dropLate();
      void clock.set(undefined);
      log.clear();
      rateLimit?.clear();
    },
    backup: () => environment.store.copy(),
    restore: (backup) => {
      environment.store = backup.copy();
      faults.dropLate();
      environment.repositories.clear();
      replica.rebuild();
    },
    clearRequests: () => log.clear(),
    waitFor: (fits) => log.waitFor(fits),
  };
  return {
    emulator,
    handle: gateway({ ...parts, closing: closing.signal }),
    close: () => {
      closing.abort();
      clock.clear();
      faults.dropLate();
      environment.repositories.clear();
    },
  };
}
