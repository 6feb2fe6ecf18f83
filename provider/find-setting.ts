import { defaultBaseUrl, normalizeBaseUrl } from "./gitlab/connection.js";
import { DeployTokenError } from "./gitlab/errors.js";
import { invalid } from "./invalid-argument.js";
import { gitlabKey, type Setting, settingName, settings } from "./settings.js";

/**
 * Those that hold for one GitLab only: credentials are never sent to another, trust in a certificate is not for another,
 * and ids mean something else there.
 */
export const ofOneGitLab: ReadonlySet<Setting> = new Set([
  "token",
  "headers",
  "clientCert",
  "clientKey",
  "cacertFile",
  "insecure",
  "deletedProjects",
  "deletedGroups",
]);

/** An input of a `Provider` for another GitLab than the stack's: the environment's credentials are not for it. */
export const isOtherGitLab = "gitlab:isOtherGitLab";

/**
 * In the inputs of a `Provider`: which settings it took from the stack's configuration, and the GitLab that they were
 * configured for. The provider's process may see another address, by `envVarMappings` or a later environment.
 */
export const inheritedSettings = "gitlab:inherited";

/** An input of a `Provider`: its option `envVarMappings`, which look-ups in the program also use. */
export const environmentMappings = "gitlab:envVarMappings";

interface InheritedSettings {
  readonly baseUrl: string;
  readonly settings: readonly Setting[];
}

/** Reads a key of the configuration of a stack or provider, such as `gitlab:token`. */
export interface ConfigReader {
  (key: `gitlab:${string}` | `gitlab-deploy-tokens:${string}`): string | undefined;
  /** The command reads the environment only. */
  readonly isCommand?: boolean;
  /** The scope that the access token needs; @default api */
  readonly scope?: "read_api";
}

/** The settings of the official provider that this package does not have. */
export const officialOnly = {
  "gitlab:configFile": "GITLAB_CONFIG_FILE",
  "gitlab:context": "GITLAB_CONTEXT",
  "gitlab:enableAutoCiSupport": "GITLAB_ENABLE_AUTO_CI_SUPPORT",
  "gitlab:earlyAuthCheck": "GITLAB_EARLY_AUTH_CHECK",
} as const;

export interface Found {
  readonly value: string;
  /** The key or the variable of the value, for messages. */
  readonly source: string;
}

/**
 * The one precedence: what the resource's provider or the stack configures, else the environment.
 *
 * @throws DeployTokenError where only the environment has it, for another GitLab than the configured one
 */
export function findSetting(
  setting: Setting,
  lookup: ConfigReader,
  env: NodeJS.ProcessEnv,
): Found | undefined {
  const found = configuredSetting(setting, lookup);
  if (!ofOneGitLab.has(setting)) return found ?? environmentSetting(setting, lookup, env);
  const isOther = isForOther(lookup, env);
  const isInherited = inheritedOf(lookup)?.settings.includes(setting) === true;
  if (found !== undefined && !(isOther && isInherited)) return found;
  const ofEnvironment = environmentSetting(setting, lookup, env);
  if (isOther && ofEnvironment?.isMapped !== true) return undefined;
  if (ofEnvironment !== undefined) refuseEnvironmentOfAnother(setting, ofEnvironment, lookup, env);
  return ofEnvironment;
}

function configuredSetting(setting: Setting, lookup: ConfigReader): Found | undefined {
  for (const source of [settings[setting].key, gitlabKey(setting)]) {
    const value = lookup(source);
    if (!isBlank(value)) return { value, source: lookup.isCommand ? settingName(setting, lookup) : source };
  }
  return undefined;
}

export function environmentSetting(
  setting: Setting,
  lookup: ConfigReader,
  env: NodeJS.ProcessEnv,
): (Found & { readonly isMapped: boolean }) | undefined {
  const given = lookup(environmentMappings);
  const mappings = isBlank(given) ? [] : Object.entries(JSON.parse(given) as Record<string, string>);
  // GITLAB_CACERT_FILE, or the spelling GITLAB_CACERTFILE.
  for (const variable of [settings[setting].env, `GITLAB_${setting.toUpperCase()}`]) {
    const [mapped] = mappings.find(([from, to]) => to === variable && env[from] !== undefined) ?? [];
    const value = env[mapped ?? variable];
    if (!isBlank(value)) return { value, source: mapped ?? variable, isMapped: mapped !== undefined };
  }
  return undefined;
}

function isBlank(value: string | undefined): value is undefined {
  return value === undefined || value.trim() === "";
}

/** Whether the GitLab differs from the stack's, as the program or the address says. */
export function isForOther(lookup: ConfigReader, env: NodeJS.ProcessEnv): boolean {
  if (lookup(isOtherGitLab) === "true") return true;
  const inherited = inheritedOf(lookup);
  return inherited !== undefined && inherited.baseUrl !== configuredBaseUrl(lookup, env);
}

function inheritedOf(lookup: ConfigReader): InheritedSettings | undefined {
  const text = lookup(inheritedSettings);
  return isBlank(text) ? undefined : (JSON.parse(text) as InheritedSettings);
}

/** Refuses credentials and trust from an environment that names another GitLab. */
function refuseEnvironmentOfAnother(
  setting: Setting,
  found: Found,
  lookup: ConfigReader,
  env: NodeJS.ProcessEnv,
): void {
  const named = environmentSetting("baseUrl", lookup, env);
  const configured = configuredSetting("baseUrl", lookup);
  // A flag of the command takes precedence over the variable.
  if (named === undefined || configured === undefined || lookup.isCommand) return;
  const [theirs, ours] = [normalizeBaseUrl(named.value, named.source), configuredBaseUrl(lookup, env)];
  if (theirs === ours) return;
  throw new DeployTokenError(
    setting === "token" ? "no_access_token" : "invalid_argument",
    `${configured.source} is ${ours}, but ${named.source} is ${theirs}: ${found.source} is for that one and is not sent to ${ours}. ` +
      `Make the two addresses the same, or configure the stack's own value (pulumi config set ${settings[setting].secret ? "--secret " : ""}${settings[setting].key}).`,
  );
}

/** The address of the configured GitLab in its normal form. */
export function configuredBaseUrl(lookup: ConfigReader, env: NodeJS.ProcessEnv): string {
  const found = findSetting("baseUrl", lookup, env);
  if (found !== undefined) return normalizeBaseUrl(found.value, found.source);
  const other = gitlabsOfOthers(env).find(({ baseUrl }) => baseUrl !== defaultBaseUrl);
  if (other === undefined) return defaultBaseUrl;
  throw invalid(
    `No GitLab is configured, and ${other.source} names ${other.baseUrl ?? "an address that is not a URL"}, not ${defaultBaseUrl}. ` +
      `Set ${settingName("baseUrl", lookup)} or GITLAB_BASE_URL to the one that is meant: no access token is sent to a guessed address.`,
  );
}

/** The variables in which GitLab's runner, glab, python-gitlab and semantic-release name their GitLab. */
const variablesOfOthers = [
  "CI_SERVER_URL",
  "GITLAB_HOST",
  "GITLAB_URI",
  "GITLAB_URL",
  "GL_HOST",
  "GL_URL",
] as const;

interface NamedGitLab {
  readonly source: string;
  /** Undefined for a value that is not an address. */
  readonly baseUrl: string | undefined;
}

function gitlabsOfOthers(env: NodeJS.ProcessEnv): NamedGitLab[] {
  return variablesOfOthers.flatMap((source): NamedGitLab[] => {
    const value = env[source];
    if (isBlank(value)) return [];
    const url = /^https?:/i.test(value) ? value : `https://${value}`;
    try {
      const baseUrl = normalizeBaseUrl(url, source);
      // Some tools also take the page of a project.
      const isGitLabCom = /^(www\.)?gitlab\.com$/.test(new URL(baseUrl).hostname);
      return [{ source, baseUrl: isGitLabCom ? defaultBaseUrl : baseUrl }];
    } catch {
      return [{ source, baseUrl: undefined }];
    }
  });
}

/** The address of GitLab from the environment alone; undefined if its variables name several. */
export function environmentsBaseUrl(lookup: ConfigReader, env: NodeJS.ProcessEnv): string | undefined {
  const named = environmentSetting("baseUrl", lookup, env);
  if (named !== undefined) return normalizeBaseUrl(named.value, named.source);
  const all = new Set(gitlabsOfOthers(env).map(({ baseUrl }) => baseUrl));
  if (all.size === 0) return defaultBaseUrl;
  return all.size === 1 ? [...all][0] : undefined;
}
