import type { Clock } from "./clock.js";
import type { DeployToken } from "./entities.js";
import type { Faults } from "./faults.js";
import type { Modes } from "./modes.js";
import type { ProfileName } from "./profiles.js";
import type { RateLimitOptions } from "./rate-limit.js";
import type { Replica } from "./replica.js";
import type { LoggedRequest } from "./request-log.js";
import type { DeployTokenByHand, Seed } from "./seed.js";
import type { Store } from "./store.js";

/** The options of an emulator. Each has a default. */
export interface EmulatorOptions {
  /** The port on 127.0.0.1. @default any free port */
  readonly port?: number;
  /** The version of GitLab that it emulates. @default "latest" */
  readonly profile?: ProfileName;
  /** Its data at first, and after each `reset`. @default defaultSeed */
  readonly seed?: Seed;
  /** @default no limit, as in a self-managed GitLab */
  readonly rateLimit?: RateLimitOptions;
  /** The minimum time of each response, in milliseconds. @default 0 */
  readonly latency?: number;
  /** Whether administrators need the scope `admin_mode`. @default false */
  readonly adminMode?: boolean;
  /** 12.9's feature flag: false answers 503. @default true */
  readonly deployTokensApi?: boolean;
  /**
   * Whether DELETE of a project or group marks it for deletion first, as GitLab does today.
   *
   * @default false
   */
  readonly delayedDeletion?: boolean;
  /** GitLab's configured address, to which the links of pages lead. @default the emulator's url */
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
  /** Faults of matching requests: lost and late responses, repeated requests. */
  readonly faults: Faults;
  /** A database replica or cache that answers reads with an older state. */
  readonly replica: Replica;
  /** Maintenance and read-only mode: `gitlab.modes.maintenance = true`. */
  readonly modes: Modes;
  /** All its data, to inspect and to change without a request. */
  readonly store: Store;
  /** Adds users, groups, projects and deploy tokens. */
  seed(seed: Seed): void;
  /** Restores the initial state: store, log, clock, modes, faults, replica, counts of the rate limit. */
  reset(): void;
  /** A copy of all its data, for `restore`. */
  backup(): Store;
  /**
   * Restores a backup, as an administrator does after a disaster. Ids start again where they were: the next
   * deploy token gets an id that a lost one had. Requests under way are lost; clock, log, faults and modes stay.
   *
   * @example
   * ```ts
   * import { start } from "pulumi-gitlab-deploy-tokens/testing";
   *
   * const gitlab = await start();
   * const backup = gitlab.backup();
   * // … pulumi up …
   * gitlab.restore(backup);
   * gitlab.createDeployToken({ project: "acme/app", name: "not yours", scopes: ["read_registry"] });
   * // … pulumi up --refresh must leave that token alone …
   * ```
   */
  restore(backup: Store): void;
  /** Empties `requests`. */
  clearRequests(): void;
  /** Resolves with the first matching request, once it has arrived. */
  waitFor(fits: (request: LoggedRequest) => boolean): Promise<LoggedRequest>;
  /** Creates a deploy token as the web interface does. */
  createDeployToken(token: DeployTokenByHand): DeployToken;
  /** Its deploy tokens, with their values. */
  deployTokens(): DeployToken[];
  /** Revokes as the web interface does: the row stays. */
  revoke(deployTokenId: number): void;
  /** Deletes a deploy token without a request. */
  deleteDeployToken(deployTokenId: number): void;
  /** Renames or transfers a project or group. */
  move(kind: "project" | "group", from: string, to: string): void;
  /**
   * Marks a project or group for deletion, as GitLab does before it deletes: the path gets the suffix
   * `-deletion_scheduled-<id>`, a project's old path redirects, `marked_for_deletion_on` is set, and the numeric id
   * still works. To keep it, move it back and clear `markedForDeletionOn` in the store.
   */
  scheduleDeletion(kind: "project" | "group", id: string): void;
  /**
   * Deletes a project or group.
   *
   * @param options.keepsTokens whether its deploy tokens stay in the instance's list; default: before 17.3
   */
  deleteOwner(kind: "project" | "group", id: string, options?: { readonly keepsTokens?: boolean }): void;
  /** Closes the emulator and all its connections. */
  close(): Promise<void>;
}
