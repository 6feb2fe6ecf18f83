export type { Modes } from "./application.js";
export type { Clock } from "./clock.js";
export type {
  AccessToken,
  AccessTokenState,
  DeployToken,
  Group,
  Owner,
  Package,
  Project,
  Role,
  User,
  Visibility,
} from "./entities.js";
export type { Fault, FaultHandle, FaultRule, Faults } from "./faults.js";
export { type ProfileName, profiles } from "./profiles.js";
export type { RateLimitOptions } from "./rate-limit.js";
export type { LoggedRequest } from "./request-log.js";
export {
  type AccessTokenSeed,
  type DeployTokenByHand,
  defaultSeed,
  type OwnerAccessTokenSeed,
  type OwnerSeed,
  type PackageSeed,
  type ProjectSeed,
  type Seed,
  type UserSeed,
} from "./seed.js";
export { type Emulator, type EmulatorOptions, start } from "./start.js";
export type { Store } from "./store.js";
