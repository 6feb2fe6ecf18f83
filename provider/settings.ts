/**
 * The configuration keys, their environment variables, and which of them are secret. The official provider refuses a
 * stack with a key of `gitlab:` that it does not know, so this package's own keys have a namespace of their own.
 */
export const settings = {
  token: { key: "gitlab:token", env: "GITLAB_TOKEN", secret: true },
  baseUrl: { key: "gitlab:baseUrl", env: "GITLAB_BASE_URL", secret: false },
  cacertFile: { key: "gitlab:cacertFile", env: "GITLAB_CACERT_FILE", secret: false },
  insecure: { key: "gitlab:insecure", env: "GITLAB_INSECURE", secret: false },
  clientCert: { key: "gitlab:clientCert", env: "GITLAB_CLIENT_CERT", secret: false },
  clientKey: { key: "gitlab:clientKey", env: "GITLAB_CLIENT_KEY", secret: true },
  headers: { key: "gitlab:headers", env: "GITLAB_HEADERS", secret: true },
  retries: { key: "gitlab:retries", env: "GITLAB_RETRIES", secret: false },
  deletedProjects: {
    key: "gitlab-deploy-tokens:deletedProjects",
    env: "GITLAB_DELETED_PROJECTS",
    secret: false,
  },
  deletedGroups: { key: "gitlab-deploy-tokens:deletedGroups", env: "GITLAB_DELETED_GROUPS", secret: false },
  rotationTime: { key: "gitlab-deploy-tokens:rotationTime", env: "GITLAB_ROTATION_TIME", secret: false },
} as const;

export type Setting = keyof typeof settings;

/** Flags of the command. It takes every other setting from the environment. */
const flags: Readonly<Partial<Record<Setting, string>>> = {
  baseUrl: "--base-url",
  cacertFile: "--cacert-file",
  insecure: "--insecure",
  retries: "--retries",
};

/** The name of a setting for the reader of a message, who has a stack's configuration or runs the command. */
export function settingName(
  setting: Setting,
  { isCommand = false }: { readonly isCommand?: boolean },
): string {
  return isCommand ? (flags[setting] ?? settings[setting].env) : settings[setting].key;
}

/** The name of a setting next to `source`: both are keys, or both are variables. */
export function nameBeside(source: string, setting: Setting): string {
  return source.startsWith("gitlab:") ? settings[setting].key : settings[setting].env;
}

/**
 * A setting's key in `gitlab:`. It is the key in a `Provider`'s row, the old spelling of this package's own keys in
 * a stack, and elsewhere the key itself.
 */
export function gitlabKey(setting: Setting): `gitlab:${string}` {
  return `gitlab:${setting}`;
}

/** The keys that 0.1.0 had in `gitlab:`, each with the key that replaces it. */
export const replacedKeys: ReadonlyMap<string, string> = new Map(
  (Object.keys(settings) as Setting[])
    .filter((setting) => settings[setting].key !== gitlabKey(setting))
    .map((setting) => [gitlabKey(setting), settings[setting].key]),
);
