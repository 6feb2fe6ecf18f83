import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { noAccessToken, refuseWrongKind } from "./access-token.js";
import { showText } from "./describe-value.js";
import {
  type ConfigReader,
  configuredBaseUrl,
  environmentSetting,
  environmentsBaseUrl,
  type Found,
  findSetting,
  isForOther,
} from "./find-setting.js";
import type { Connection } from "./gitlab/connection.js";
import type { DeployTokenError } from "./gitlab/errors.js";
import { checkCertificates, checkClientCertificate, type Pem } from "./gitlab/pem.js";
import { invalid } from "./invalid-argument.js";
import { nameBeside, type Setting } from "./settings.js";

const defaultRetries = 10;

/**
 * Refuses every invalid setting without a request. A preview needs no access token.
 *
 * @throws DeployTokenError
 */
export function checkSettings(lookup: ConfigReader, env: NodeJS.ProcessEnv): void {
  readSettings(lookup, env);
}

/** The settings of a client. A missing one is an error with its key and its variable. */
export function readConnection(lookup: ConfigReader, env: NodeJS.ProcessEnv): Connection {
  const { token, ...settings } = readSettings(lookup, env);
  if (token === undefined) throw noAccessToken(lookup, env);
  const second = isForOther(lookup, env)
    ? undefined
    : secondToken(token.value, settings.baseUrl, lookup, env);
  return {
    ...settings,
    token: token.value,
    tokenSource: token.source,
    ...(second === undefined ? {} : { secondToken: second }),
  };
}

type ReadSettings = Omit<Connection, "token" | "tokenSource" | "secondToken"> & {
  readonly token: Found | undefined;
};

function readSettings(lookup: ConfigReader, env: NodeJS.ProcessEnv): ReadSettings {
  const baseUrl = configuredBaseUrl(lookup, env);
  const token = findSetting("token", lookup, env);
  if (token !== undefined) refuseWrongKind(token, lookup, env);
  const file = (setting: Setting) => readPem(findSetting(setting, lookup, env));
  const ca = file("cacertFile");
  if (ca !== undefined) checkCertificates(ca);
  const clientCert = file("clientCert");
  const isCombined = clientCert !== undefined && holdsPrivateKey(clientCert.text);
  const clientKey = file("clientKey") ?? (isCombined ? clientCert : undefined);
  checkClientCertificate(clientCert, clientKey);
  return {
    baseUrl,
    token,
    headers: parseHeaders(findSetting("headers", lookup, env)),
    retries: parseRetries(findSetting("retries", lookup, env)),
    ...(lookup.isCommand ? { isCommand: true } : {}),
    insecure: parseBoolean(findSetting("insecure", lookup, env)),
    ...(ca === undefined ? {} : { ca: ca.text }),
    ...(clientCert === undefined ? {} : { clientCert: clientCert.text }),
    ...(clientKey === undefined ? {} : { clientKey: clientKey.text }),
  };
}

/** Owners that a person confirmed as deleted: ids or full paths, as JSON or separated by commas. */
export function deletedOwners(
  kind: "project" | "group",
  lookup: ConfigReader,
  env: NodeJS.ProcessEnv,
): string[] {
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
function secondToken(
  first: string,
  baseUrl: string,
  lookup: ConfigReader,
  env: NodeJS.ProcessEnv,
): Connection["secondToken"] {
  const found = environmentSetting("token", lookup, env);
  if (found === undefined || found.value === first) return undefined;
  if (environmentsBaseUrl(lookup, env) !== baseUrl) return undefined;
  return { token: found.value, source: found.source };
}

/** Whether a PEM text contains a private key and is therefore a secret. */
export function holdsPrivateKey(text: string): boolean {
  return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);
}

/** Reads a setting that is either a PEM text or the path of a file. */
function readPem(found: Found | undefined): Pem | undefined {
  if (found === undefined) return undefined;
  const { value, source } = found;
  if (value.includes("-----BEGIN")) return { text: value, source };
  try {
    return { text: readFileSync(value, "utf8"), source };
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw invalid(
      `${source} names a file that cannot be read (${reason}): ${JSON.stringify(resolve(value))}`,
    );
  }
}

/** Headers that the client sets itself. Other values would be replaced silently. */
function ownHeaders(tokenSetting: string): Readonly<Record<string, string>> {
  return {
    authorization: `it carries the access token: set ${tokenSetting}`,
    "private-token": `the access token has its own setting: set ${tokenSetting}`,
    "job-token": `a CI job token cannot manage deploy tokens: set ${tokenSetting}`,
    accept: "it is always application/json",
    "content-type": "it is always application/json",
  };
}

function parseHeaders(found: Found | undefined): Record<string, string> {
  if (found === undefined) return {};
  const wanted = 'a JSON object of strings, such as {"X-Team": "platform"}';
  const value = parseJsonSetting(found, wanted);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badSetting(found, wanted);
  const headers: Record<string, string> = {};
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string") throw badSetting(found, wanted);
    const reason = headerProblem(name, text, ownHeaders(nameBeside(found.source, "token")));
    if (reason !== undefined) {
      throw invalid(
        `${found.source} contains the header ${showText(name)}, which cannot be sent: ${reason}.`,
      );
    }
    headers[name] = text;
  }
  return headers;
}

function headerProblem(
  name: string,
  value: string,
  own: Readonly<Record<string, string>>,
): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return "that is not a valid header name";
  // Other characters are dropped silently.
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value))
    return "its value contains a line break, a control character or a character outside Latin-1";
  return Object.hasOwn(own, name.toLowerCase()) ? own[name.toLowerCase()] : undefined;
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

// Shows the value only of numbers and flags. Any other value in the wrong place may be a credential.
function badSetting({ source, value }: Found, wanted: string): DeployTokenError {
  const isShown = /^[-+]?\d+(\.\d+)?$/.test(value) || source.startsWith("--");
  const given = isShown ? ` is ${JSON.stringify(value)};` : " cannot be used;";
  return invalid(`${source}${given} wanted: ${wanted}`);
}
