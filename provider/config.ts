import { readFileSync } from "node:fs";
import { type Connection, defaultBaseUrl, normalizeBaseUrl } from "./gitlab/connection.js";
import { DeployTokenError } from "./gitlab/errors.js";

/** The configuration keys (`gitlab:…`), their environment variables, and which of them are secret. */
export const settings = {
  token: { env: "GITLAB_TOKEN", secret: true },
  baseUrl: { env: "GITLAB_BASE_URL", secret: false },
  cacertFile: { env: "GITLAB_CACERT_FILE", secret: false },
  insecure: { env: "GITLAB_INSECURE", secret: false },
  clientCert: { env: "GITLAB_CLIENT_CERT", secret: false },
  clientKey: { env: "GITLAB_CLIENT_KEY", secret: true },
  headers: { env: "GITLAB_HEADERS", secret: true },
  retries: { env: "GITLAB_RETRIES", secret: false },
  deletedProjects: { env: "GITLAB_DELETED_PROJECTS", secret: false },
  deletedGroups: { env: "GITLAB_DELETED_GROUPS", secret: false },
  rotationTime: { env: "GITLAB_ROTATION_TIME", secret: false },
} as const;

export type Setting = keyof typeof settings;

/** Those that hold for one GitLab only: credentials are never sent to another, and ids mean something else there. */
export const ofOneGitLab: ReadonlySet<Setting> = new Set([
  "token",
  "headers",
  "clientCert",
  "clientKey",
  "deletedProjects",
  "deletedGroups",
]);

/** In the inputs of a `Provider` of another GitLab than the stack's: these of the environment are not for it. */
export const isOtherGitLab = "gitlab:isOtherGitLab";

function isForOther(lookup: Lookup): boolean {
  return lookup(isOtherGitLab) === "true";
}

/** Where a stack's or a provider's configuration is looked up: `gitlab:token` → its value. */
export type Lookup = (key: `gitlab:${string}`) => string | undefined;

const defaultRetries = 10;

/** The settings of the official provider that this package does not have. */
const officialOnly = {
  "gitlab:configFile": "GITLAB_CONFIG_FILE",
  "gitlab:context": "GITLAB_CONTEXT",
  "gitlab:enableAutoCiSupport": "GITLAB_ENABLE_AUTO_CI_SUPPORT",
  "gitlab:earlyAuthCheck": "GITLAB_EARLY_AUTH_CHECK",
} as const;

interface Found {
  readonly value: string;
  /** For messages: the key or the variable, whichever it was. */
  readonly source: string;
}

/** The one precedence: what the resource's provider or the stack configures, else the environment. */
export function findSetting(setting: Setting, lookup: Lookup, env: NodeJS.ProcessEnv): Found | undefined {
  const configured = lookup(`gitlab:${setting}`);
  if (configured !== undefined && configured !== "")
    return { value: configured, source: `gitlab:${setting}` };
  if (ofOneGitLab.has(setting) && isForOther(lookup)) return undefined;
  // GITLAB_CACERT_FILE or, as some write it, GITLAB_CACERTFILE.
  const variables = [settings[setting].env, `GITLAB_${setting.toUpperCase()}`];
  const variable = variables.find((name) => env[name] !== undefined && env[name] !== "");
  return variable === undefined ? undefined : { value: String(env[variable]), source: variable };
}

/** The GitLab that is configured, in one spelling. */
export function configuredBaseUrl(lookup: Lookup, env: NodeJS.ProcessEnv): string {
  const found = findSetting("baseUrl", lookup, env);
  return found === undefined ? defaultBaseUrl : normalizeBaseUrl(found.value, found.source);
}

/** Everything that a client needs; an error that names the key and the variable where something is missing. */
export function readConnection(lookup: Lookup, env: NodeJS.ProcessEnv): Connection {
  const baseUrl = configuredBaseUrl(lookup, env);
  const token = findSetting("token", lookup, env);
  if (token === undefined) throw noAccessToken(lookup, env);
  refuseWrongKind(token, env);
  const second = isForOther(lookup) ? undefined : secondToken(token.value, baseUrl, env);
  const file = (setting: Setting) => readPem(findSetting(setting, lookup, env));
  const ca = file("cacertFile");
  const clientCert = file("clientCert");
  const clientKey = file("clientKey");
  return {
    baseUrl,
    token: token.value,
    tokenSource: token.source,
    ...(second === undefined ? {} : { secondToken: second }),
    headers: parseHeaders(findSetting("headers", lookup, env)),
    retries: parseRetries(findSetting("retries", lookup, env)),
    insecure: parseBoolean(findSetting("insecure", lookup, env)),
    ...(ca === undefined ? {} : { ca }),
    ...(clientCert === undefined ? {} : { clientCert }),
    ...(clientKey === undefined ? {} : { clientKey }),
  };
}

/** Owners that a person knows to be deleted: ids or full paths, as JSON or separated by commas. */
export function deletedOwners(kind: "project" | "group", lookup: Lookup, env: NodeJS.ProcessEnv): string[] {
  const found = findSetting(kind === "project" ? "deletedProjects" : "deletedGroups", lookup, env);
  if (found === undefined) return [];
  const text = found.value.trim();
  const wanted = 'a list of ids or full paths, such as ["acme/old", 42]';
  if (!text.startsWith("["))
    return text
      .split(",")
      .map((owner) => owner.trim())
      .filter((owner) => owner !== "");
  const list = parseJsonSetting(found, wanted);
  if (
    !Array.isArray(list) ||
    !list.every((owner) => typeof owner === "string" || typeof owner === "number")
  ) {
    throw badSetting(found, wanted);
  }
  return list.map((owner) => String(owner).trim());
}

// GITLAB_TOKEN belongs to GITLAB_BASE_URL, or its default: it is never sent to another host.
function secondToken(first: string, baseUrl: string, env: NodeJS.ProcessEnv): Connection["secondToken"] {
  const token = env[settings.token.env];
  if (token === undefined || token === "" || token === first) return undefined;
  const home = configuredBaseUrl(() => undefined, env);
  return home === baseUrl ? { token, source: settings.token.env } : undefined;
}

function noAccessToken(lookup: Lookup, env: NodeJS.ProcessEnv): DeployTokenError {
  if (isForOther(lookup)) {
    return new DeployTokenError(
      "no_access_token",
      `No access token for ${configuredBaseUrl(lookup, env)}: give its Provider a token. The stack's and GITLAB_TOKEN are for another GitLab, and are sent to no other.`,
    );
  }
  const found = Object.entries(officialOnly)
    .flatMap(([key, variable]) => [
      ...(lookup(key as `gitlab:${string}`) === undefined ? [] : [key]),
      ...(env[variable] === undefined ? [] : [variable]),
    ])
    .concat(env["CI_JOB_TOKEN"] === undefined ? [] : ["CI_JOB_TOKEN"]);
  const aside =
    found.length === 0
      ? ""
      : ` (${found.join(", ")} ${found.length === 1 ? "is" : "are"} set, but this package does not use ${found.length === 1 ? "it" : "them"})`;
  return new DeployTokenError(
    "no_access_token",
    `No access token for GitLab: set gitlab:token (pulumi config set --secret gitlab:token) or GITLAB_TOKEN to a personal, project or group access token with the scope "api"${aside}.`,
  );
}

/** GitLab ignores a job token here and takes no deploy token: better said than a 404 that misleads. */
function refuseWrongKind({ value, source }: Found, env: NodeJS.ProcessEnv): void {
  const kind =
    value.startsWith("glcbt-") || value === env["CI_JOB_TOKEN"]
      ? "a CI job token"
      : value.startsWith("gldt-")
        ? "a deploy token"
        : undefined;
  if (kind === undefined) return;
  throw new DeployTokenError(
    "no_access_token",
    `${source} holds ${kind}, which cannot manage deploy tokens: give a personal, project or group access token with the scope "api".`,
  );
}

/** A PEM text as it is, anything else as a file's name. */
function readPem(found: Found | undefined): string | undefined {
  if (found === undefined || found.value.includes("-----BEGIN")) return found?.value;
  try {
    return readFileSync(found.value, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new DeployTokenError("invalid_argument", `${found.source} cannot be read as a file (${reason})`);
  }
}

function parseHeaders(found: Found | undefined): Record<string, string> {
  if (found === undefined) return {};
  const wanted = 'a JSON object of strings, such as {"X-Team": "platform"}';
  const value = parseJsonSetting(found, wanted);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badSetting(found, wanted);
  const entries = Object.entries(value);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
    throw badSetting(found, wanted);
  }
  return Object.fromEntries(entries);
}

function parseRetries(found: Found | undefined): number {
  if (found === undefined) return defaultRetries;
  const retries = Number(found.value);
  if (!Number.isInteger(retries) || retries < 0 || retries > 100)
    throw badSetting(found, "a whole number from 0 to 100");
  return retries;
}

function parseBoolean(found: Found | undefined): boolean {
  if (found === undefined) return false;
  if (/^(true|1)$/i.test(found.value)) return true;
  if (/^(false|0)$/i.test(found.value)) return false;
  throw badSetting(found, "true or false");
}

function parseJsonSetting(found: Found, wanted: string): unknown {
  try {
    return JSON.parse(found.value) as unknown;
  } catch {
    throw badSetting(found, wanted);
  }
}

// Never the value of headers: they may hold credentials.
function badSetting({ source, value }: Found, wanted: string): DeployTokenError {
  const given = /headers/i.test(source) ? "" : ` is ${JSON.stringify(value)};`;
  return new DeployTokenError(
    "invalid_argument",
    `${source}${given === "" ? " cannot be used;" : given} wanted: ${wanted}`,
  );
}
