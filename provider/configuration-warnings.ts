import { getStack, log, runtime } from "@pulumi/pulumi";
import { testingTime } from "./clock.js";
import { holdsPrivateKey } from "./config.js";
import { showText } from "./describe-value.js";
import { type ConfigReader, configuredBaseUrl, findSetting, officialOnly } from "./find-setting.js";
import { isPlainHttp } from "./gitlab/connection.js";
import { inlineProgramHint, isInlineProgram } from "./inline-program.js";
import { invalid } from "./invalid-argument.js";
import { replacedKeys, settings } from "./settings.js";
import { suggest } from "./suggest.js";

const warned = new Set<string>();

/** The stack's configuration. */
export function stackConfig(): ConfigReader {
  const config = runtime.allConfig();
  return (key) => config[key];
}

/** Warns about the configuration of the stack, once per run of the program. */
export function warnAboutConfiguration(): void {
  const config = runtime.allConfig();
  for (const { key } of Object.values(settings)) {
    const value = config[key];
    if (value === undefined || isSecret(key)) continue;
    if (key !== settings.token.key && !holdsPrivateKey(value)) continue;
    warnOnce(`${key} is not a secret in the stack's configuration: pulumi config set --secret ${key}`);
  }
  for (const [old, key] of replacedKeys) {
    if (config[old] === undefined) continue;
    warnOnce(
      `${old} in the stack's configuration is now ${key}: rename it. The official GitLab provider refuses a stack that has the old key.`,
    );
  }
  if (process.env[testingTime]) {
    warnOnce(
      `${testingTime} is set, which is for tests: this run uses ${process.env[testingTime]} as the current time.`,
    );
  }
  warnAboutUnknownKeys(Object.keys(config));
  warnAboutPlainHttp(() => configuredBaseUrl(stackConfig(), process.env));
}

const knownKeys: readonly string[] = [
  ...Object.values(settings).map(({ key }) => key),
  ...replacedKeys.keys(),
  ...Object.keys(officialOnly),
];
const namespaces = [...new Set(knownKeys.map((key) => `${key.split(":")[0]}:`))];

function warnAboutUnknownKeys(keys: readonly string[]): void {
  for (const { key, meant } of unknownKeys(keys)) {
    const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
    warnOnce(`${showText(key).slice(1, -1)} in the stack's configuration is unknown and is ignored${hint}`);
  }
}

function unknownKeys(
  keys: readonly string[],
): { readonly key: string; readonly meant: string | undefined }[] {
  const own = knownKeys.filter((key) => !replacedKeys.has(key));
  const unknown = keys.filter(
    (key) => namespaces.some((namespace) => key.startsWith(namespace)) && !knownKeys.includes(key),
  );
  return unknown.map((key) => {
    const name = key.slice(key.indexOf(":") + 1);
    const meant = suggest(
      name,
      own.map((each) => each.slice(each.indexOf(":") + 1)),
    );
    return { key, meant: own.find((each) => each.endsWith(`:${meant}`)) };
  });
}

/**
 * The GitLab of the stack.
 *
 * @throws DeployTokenError also where a misspelt key names it: GitLab.com would get the access token
 */
export function stackBaseUrl(): string {
  const config = runtime.allConfig();
  const isNamed = [config["gitlab:baseUrl"], process.env[settings.baseUrl.env]].some(
    (text) => text !== undefined && text.trim() !== "",
  );
  const misspelt = isNamed
    ? undefined
    : unknownKeys(Object.keys(config)).find(({ meant }) => meant === settings.baseUrl.key);
  if (misspelt !== undefined) {
    throw invalid(
      `${showText(misspelt.key).slice(1, -1)} in the stack's configuration is unknown; did you mean gitlab:baseUrl? ` +
        "Without it the access token would be sent to https://gitlab.com.",
    );
  }
  return configuredBaseUrl(stackConfig(), process.env);
}

/**
 * The GitLab that the program itself asks or writes into a file. An inline program may see another environment than the
 * provider's process, where a guess is wrong.
 *
 * @throws DeployTokenError as `stackBaseUrl`
 */
export function programBaseUrl(): string {
  const baseUrl = stackBaseUrl();
  const isGuessed = findSetting("baseUrl", stackConfig(), process.env) === undefined;
  if (isGuessed && isInlineProgram()) {
    warnOnce(`No GitLab is configured for the program, which takes ${baseUrl}. ${inlineProgramHint}`);
  }
  return baseUrl;
}

/** Warns about an address without TLS: credentials then cross the network unencrypted. */
export function warnAboutPlainHttp(baseUrl: () => string): void {
  let url: string;
  try {
    url = baseUrl();
  } catch {
    return; // refused elsewhere, with the reason
  }
  if (isPlainHttp(url)) {
    warnOnce(`${url} is plain http: the access token and new deploy tokens cross the network unencrypted.`);
  }
}

/** Warns once per run of a stack, also in a process of the Automation API or of tests with several runs. */
function warnOnce(message: string): void {
  const key = `${getStack()} ${runtime.isDryRun()} ${message}`;
  if (warned.has(key)) return;
  warned.add(key);
  void log.warn(message);
}

// Not in the SDK's types, and not in its oldest versions.
function isSecret(key: string): boolean {
  const { isConfigSecret } = runtime as { isConfigSecret?: (key: string) => boolean };
  return isConfigSecret?.(key) ?? true;
}
