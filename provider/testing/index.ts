export type { Clock } from "./clock.js";
export type { Emulator, EmulatorOptions } from "./emulator.js";
export type {
  AccessToken,
  AccessTokenState,
  DeployToken,
  Grant,
  Group,
  Owner,
  Package,
  Project,
  Role,
  User,
  Variable,
  Visibility,
} from "./entities.js";
export type { Fault, FaultHandle, FaultRule, Faults, LostAnswer } from "./faults.js";
export type { Modes } from "./modes.js";
export { type ProfileName, profiles } from "./profiles.js";
export type { RateLimitOptions } from "./rate-limit.js";
export type { Replica } from "./replica.js";
export type { LoggedRequest } from "./request-log.js";
export {
  type AccessTokenSeed,
  type DeployTokenByHand,
  defaultSeed,
  type GroupSeed,
  type OwnerAccessTokenSeed,
  type OwnerSeed,
  type PackageSeed,
  type ProjectSeed,
  type Seed,
  type UserSeed,
  userRefusals,
} from "./seed.js";
export { start } from "./start.js";
export type { Store } from "./store.js";
