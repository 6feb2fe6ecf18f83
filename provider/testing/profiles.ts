const scopesOf12 = ["read_repository", "read_registry"];
const scopesOf13 = [...scopesOf12, "write_registry", "read_package_registry", "write_package_registry"];
const scopesOf18 = [...scopesOf13, "read_virtual_registry", "write_virtual_registry"];

/** The behaviour of a GitLab version where it differs from today's. */
export interface Profile {
  readonly version: string;
  readonly scopes: readonly string[];
  /** 12.9: both keys are required, and the username is ignored. */
  readonly requiresExpiryAndUsername: boolean;
  /** Until a security fix in 12.10, 13.0 and 13.1, Maintainers created and deleted a group's tokens. */
  readonly maintainersWriteGroups: boolean;
  /** 13.5: the groups below a group at any depth. */
  readonly listsDescendants: boolean;
  /** 13.12: `revoked` and `expired` in answers, and the filter `active`. */
  readonly saysRevoked: boolean;
  /** 14.9: GET of one token. */
  readonly getsOne: boolean;
  /** 14.1: a group's deploy tokens log in to the dependency proxy. */
  readonly dependencyProxyLogin: boolean;
  /** 16.7: the prefix `gldt-`. */
  readonly prefix: boolean;
  /** 16.7: a moved project's old path answers 301 or 405; before, 404. */
  readonly redirectsMoved: boolean;
  /** 17.3: tokens are deleted with their project or group. */
  readonly cascades: boolean;
  /** 18: JSON is checked before it is routed, with its own messages. */
  readonly validatesJson: boolean;
  /** 18: names have at most 255 characters. */
  readonly limitsName: boolean;
}

const latest: Profile = {
  version: "18.6.0",
  scopes: scopesOf18,
  requiresExpiryAndUsername: false,
  maintainersWriteGroups: false,
  listsDescendants: true,
  saysRevoked: true,
  getsOne: true,
  dependencyProxyLogin: true,
  prefix: true,
  redirectsMoved: true,
  cascades: true,
  validatesJson: true,
  limitsName: true,
};

const old = {
  prefix: false,
  redirectsMoved: false,
  cascades: false,
  validatesJson: false,
  limitsName: false,
  getsOne: false,
};

/**
 * The versions of GitLab that the emulator can emulate.
 *
 * @see https://docs.gitlab.com/api/deploy_tokens/ (each endpoint's history)
 */
export const profiles = {
  "12.9": {
    ...latest,
    ...old,
    version: "12.9.10",
    scopes: scopesOf12,
    requiresExpiryAndUsername: true,
    maintainersWriteGroups: true,
    listsDescendants: false,
    saysRevoked: false,
    dependencyProxyLogin: false,
  },
  "13.0": {
    ...latest,
    ...old,
    version: "13.0.14",
    scopes: scopesOf13,
    listsDescendants: false,
    saysRevoked: false,
    dependencyProxyLogin: false,
  },
  "14.8": { ...latest, ...old, version: "14.8.6", scopes: scopesOf13 },
  latest,
} as const satisfies Record<string, Profile>;

/** A key of `profiles`. */
export type ProfileName = keyof typeof profiles;
