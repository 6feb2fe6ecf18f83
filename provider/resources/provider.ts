import * as pulumi from "@pulumi/pulumi";
import type { KnownKeys } from "../argument-keys.js";
import { holdsPrivateKey } from "../config.js";
import { stackBaseUrl, stackConfig, warnAboutPlainHttp } from "../configuration-warnings.js";
import {
  type ConfigReader,
  configuredBaseUrl,
  environmentMappings,
  inheritedSettings,
  isOtherGitLab,
  ofOneGitLab,
} from "../find-setting.js";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { mapInput } from "../map-input.js";
import { checkProgramArguments } from "../program-arguments.js";
import { dynamicPackage } from "../pulumi-package.js";
import { gitlabKey, type Setting, settings } from "../settings.js";
import { argumentError } from "./argument-error.js";

/** The arguments of a `Provider`: the keys of the stack's configuration, without their namespace. */
export interface ProviderArgs {
  /**
   * A personal, project or group access token, or an OAuth token, with the scope `api`. It is stored as a secret.
   *
   * @default the stack's `gitlab:token`, else `GITLAB_TOKEN`, if `baseUrl` is the stack's
   */
  token?: pulumi.Input<string | undefined>;
  /**
   * The address of GitLab, with or without `/api/v4` or a trailing slash.
   *
   * @default the stack's `gitlab:baseUrl`, else `GITLAB_BASE_URL`, else `https://gitlab.com`
   */
  baseUrl?: pulumi.Input<string | undefined>;
  /**
   * The PEM certificates of the authority that issued GitLab's certificate, or the path of a file with them.
   *
   * @default the stack's, if `baseUrl` is the stack's; otherwise those of Node.js
   */
  cacertFile?: pulumi.Input<string | undefined>;
  /** Whether to accept any certificate. @default the stack's, if `baseUrl` is the stack's; otherwise false */
  insecure?: pulumi.Input<boolean | undefined>;
  /** A PEM client certificate, or the path of a file with it. @default none */
  clientCert?: pulumi.Input<string | undefined>;
  /** The PEM key of the client certificate, or the path of a file with it. It is stored as a secret. @default none */
  clientKey?: pulumi.Input<string | undefined>;
  /** Additional headers for each request, by name. They are stored as secrets. @default none */
  headers?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  /** The maximum number of retries of a request, 0 to 100. @default 10 */
  retries?: pulumi.Input<number | undefined>;
  /** Projects (ids or full paths) that you confirm are deleted, so that a 404 is trusted. @default none */
  deletedProjects?: pulumi.Input<pulumi.Input<string | number>[] | undefined>;
  /** Groups (ids or full paths) that you confirm are deleted, so that a 404 is trusted. @default none */
  deletedGroups?: pulumi.Input<pulumi.Input<string | number>[] | undefined>;
}

/**
 * A GitLab other than that of the stack, or the same one with another access token. An argument that is left out comes
 * from the configuration of the stack, then from the environment. Credentials (`token`, `headers`, `clientCert`,
 * `clientKey`), trust (`cacertFile`, `insecure`), `deletedProjects` and `deletedGroups` come from there only if `baseUrl` is
 * that of the stack.
 *
 * A component passes it on to every dynamic resource below.
 *
 * @example
 * ```ts
 * const internal = new Provider("internal", {
 *   baseUrl: "https://gitlab.acme.test",
 *   token: config.requireSecret("internalToken"),
 * });
 * new GroupDeployToken("ci", { group: "platform", scopes: ["read_package_registry"] }, { provider: internal });
 * ```
 * @see https://www.pulumi.com/docs/iac/concepts/resources/providers/#explicit-provider-configuration
 * @see https://docs.gitlab.com/api/rest/authentication/
 */
export class Provider extends pulumi.ProviderResource {
  /**
   * @param name The name of the provider, unique in the stack.
   * @param args The address of GitLab, credentials and other settings. A preview refuses an invalid setting.
   * @param opts Pulumi's options. With `envVarMappings`, the [variables of the
   *   configuration](https://github.com/pulumi-gitlab-deploy-tokens/pulumi-gitlab-deploy-tokens/blob/main/docs/configuration.md)
   *   can have other names. Mapped credentials are only sent to the mapped address.
   * @throws pulumi.ResourceError if an argument is misspelt, or `baseUrl` is not a URL.
   */
  constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    const refuse = (message: string) => argumentError(message, opts?.parent);
    checkProgramArguments(`Provider "${name}"`, args, argumentNames, refuse);
    super(
      dynamicPackage,
      name,
      withCleanErrors(name, refuse, () => inputsOf(args, mappingsOf(opts))),
      opts,
    );
    pulumi.output(args.baseUrl).apply((baseUrl) => {
      if (baseUrl !== undefined) warnAboutPlainHttp(() => normalizeBaseUrl(baseUrl, "baseUrl"));
    });
  }
}

const names = (Object.keys(settings) as Setting[]).filter((name) => name !== "rotationTime");

const argumentNames: KnownKeys = {
  names,
  otherWords: {
    url: "baseUrl",
    gitlaburl: "baseUrl",
    apiurl: "baseUrl",
    endpoint: "baseUrl",
    host: "baseUrl",
    hostname: "baseUrl",
    server: "baseUrl",
    accesstoken: "token",
    privatetoken: "token",
    apitoken: "token",
    pat: "token",
    password: "token",
    cacert: "cacertFile",
    ca: "cacertFile",
  },
};

function withCleanErrors<T>(name: string, refuse: (message: string) => Error, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refuse(`Provider "${name}": ${error instanceof Error ? error.message : "unknown error"}`);
  }
}

type Mappings = Readonly<Record<string, string>>;

// Of newer SDKs, and only of a custom resource's options in their types.
function mappingsOf(opts: pulumi.ResourceOptions | undefined): Mappings {
  return (opts as { envVarMappings?: Mappings } | undefined)?.envVarMappings ?? {};
}

function inputsOf(args: ProviderArgs, mappings: Mappings): pulumi.Inputs {
  const config = pulumi.runtime.allConfig();
  const mapped = Object.keys(mappings).length === 0 ? undefined : JSON.stringify(mappings);
  const given = args as Partial<Record<Setting, pulumi.Input<unknown>>>;
  const isOther = isOtherThanStacks(args.baseUrl, mapped);
  const ofStack = (name: Setting) => config[settings[name].key] ?? config[gitlabKey(name)];
  const isInherited = (name: Setting) =>
    given[name] === undefined && ofStack(name) !== undefined && !isMapped(name, mappings);
  const inherited = (name: Setting) => {
    const value = ofStack(name);
    if (value === undefined || !ofOneGitLab.has(name)) return value;
    return isMapped(name, mappings) ? undefined : mapInput(isOther, (other) => (other ? none : value));
  };
  const inputs = names.flatMap((name) => {
    const value = given[name] === undefined ? inherited(name) : mapInput(given[name], asText);
    return value === undefined ? [] : [[gitlabKey(name), asSecret(name, value)]];
  });
  const tied = isOther === true ? [] : names.filter((name) => ofOneGitLab.has(name) && isInherited(name));
  return {
    ...Object.fromEntries(inputs),
    // Left out where it is plain that it is the stack's: most need no more in their row.
    ...(isOther === false ? {} : { [isOtherGitLab]: mapInput(isOther, String) }),
    // Its own word about deleted projects leaves the row as earlier versions wrote it.
    ...(tied.every((name) => name === "deletedProjects" || name === "deletedGroups")
      ? {}
      : { [inheritedSettings]: JSON.stringify({ baseUrl: stackBaseUrl(), settings: tied }) }),
    ...(mapped === undefined ? {} : { [environmentMappings]: mapped }),
  };
}

function isMapped(name: Setting, mappings: Mappings): boolean {
  return Object.entries(mappings).some(
    ([from, to]) => to === settings[name].env && process.env[from] !== undefined,
  );
}

/** A PEM text with a private key is a secret, whichever argument it is given as. */
function asSecret(name: Setting, value: pulumi.Input<string>): pulumi.Input<string> {
  if (settings[name].secret) return pulumi.secret(value);
  if (typeof value === "string") return holdsPrivateKey(value) ? pulumi.secret(value) : value;
  return pulumi
    .output(value)
    .apply((text) => (holdsPrivateKey(text) ? pulumi.secret(text) : text)) as pulumi.Output<string>;
}

/** Whether the provider's address is another than the stack's. */
function isOtherThanStacks(
  baseUrl: pulumi.Input<string | undefined>,
  mapped: string | undefined,
): pulumi.Input<boolean> {
  if (baseUrl === undefined && mapped === undefined) {
    stackBaseUrl();
    return false;
  }
  if (typeof baseUrl === "string" && baseUrl.trim() !== "") normalizeBaseUrl(baseUrl, "baseUrl");
  const configured = stackConfig();
  return mapInput(baseUrl, (address) => {
    const lookup: ConfigReader = (key) => {
      if (key === environmentMappings) return mapped;
      return key === "gitlab:baseUrl" && baseUrl !== undefined ? address : configured(key);
    };
    try {
      return configuredBaseUrl(lookup, process.env) !== stackBaseUrl();
    } catch {
      return true; // what cannot be right is not the stack's; a check refuses it
    }
  });
}

/** As if it were not configured; an undefined one would be unknown to a preview's look-ups. */
const none = "";

// A provider's inputs reach the process as text.
function asText(value: unknown): string {
  if (value === undefined || value === null) return none;
  return typeof value === "string" ? value : JSON.stringify(value);
}
