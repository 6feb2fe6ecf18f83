import * as pulumi from "@pulumi/pulumi";
import { configuredBaseUrl, isOtherGitLab, ofOneGitLab, type Setting, settings } from "../config.js";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { dynamicPackage } from "../pulumi-package.js";
import { warnAboutPlainHttp } from "./connection-warnings.js";

/** The arguments of a `Provider`: the keys of the stack's configuration, without `gitlab:`. */
export interface ProviderArgs {
  /**
   * A personal, project or group access token, or an OAuth token, with the scope `api`. Kept as a secret.
   *
   * @default the stack's `gitlab:token`, else `GITLAB_TOKEN`, where `baseUrl` is the stack's
   */
  token?: pulumi.Input<string | undefined>;
  /**
   * GitLab's address, with or without `/api/v4` and the last slash.
   *
   * @default the stack's `gitlab:baseUrl`, else `GITLAB_BASE_URL`, else `https://gitlab.com`
   */
  baseUrl?: pulumi.Input<string | undefined>;
  /** The certificates (PEM) of the authority that signed GitLab's own, or a file that holds them. @default Node.js's */
  cacertFile?: pulumi.Input<string | undefined>;
  /** Accept any certificate. @default false */
  insecure?: pulumi.Input<boolean | undefined>;
  /** A client certificate (PEM), or a file that holds it. @default none */
  clientCert?: pulumi.Input<string | undefined>;
  /** The client certificate's key (PEM), or a file that holds it. Kept as a secret. @default none */
  clientKey?: pulumi.Input<string | undefined>;
  /** More headers for each request, by name. Kept as secrets. @default none */
  headers?: pulumi.Input<Record<string, pulumi.Input<string>> | undefined>;
  /** How often a request is sent again, 0 to 100. @default 10 */
  retries?: pulumi.Input<number | undefined>;
  /** Projects (ids or full paths) that are known to be deleted. @default none */
  deletedProjects?: pulumi.Input<pulumi.Input<string | number>[] | undefined>;
  /** Groups (ids or full paths) that are known to be deleted. @default none */
  deletedGroups?: pulumi.Input<pulumi.Input<string | number>[] | undefined>;
}

/**
 * Another GitLab than the stack's, or the same one with another access token. What is left out comes from the
 * stack's configuration, then from the environment; credentials (`token`, `headers`, `clientCert`, `clientKey`) and
 * `deletedProjects`, `deletedGroups` do so only where `baseUrl` is the stack's.
 *
 * Given to a component, it serves every dynamic resource below it.
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
   * @param name The provider's name, unique among the stack's.
   * @param args Where GitLab is and who asks. What cannot be right is refused when the first request is to be sent.
   * @param opts Pulumi's options.
   */
  constructor(name: string, args: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    super(dynamicPackage, name, inputsOf(args), opts);
    pulumi.output(args.baseUrl).apply((baseUrl) => {
      if (baseUrl !== undefined) warnAboutPlainHttp(() => normalizeBaseUrl(baseUrl, "baseUrl"));
    });
  }
}

function inputsOf(args: ProviderArgs): pulumi.Inputs {
  const config = pulumi.runtime.allConfig();
  const isOther = whether(args.baseUrl, (baseUrl) => args.baseUrl !== undefined && !isStacks(baseUrl));
  const inherited = (name: Setting) => {
    const value = config[`gitlab:${name}`];
    if (value === undefined || !ofOneGitLab.has(name)) return value;
    return whether(isOther, (other) => (other ? none : value));
  };
  const names = (Object.keys(settings) as Setting[]).filter((name) => name !== "rotationTime");
  const inputs = names.flatMap((name) => {
    const given = (args as Partial<Record<Setting, pulumi.Input<unknown>>>)[name];
    const value = given === undefined ? inherited(name) : pulumi.output(given).apply(asText);
    if (value === undefined) return [];
    return [[`gitlab:${name}`, settings[name].secret ? pulumi.secret(value) : value]];
  });
  // Left out where it is plain that it is the stack's: most need no more in their row.
  return {
    ...Object.fromEntries(inputs),
    ...(isOther === false ? {} : { [isOtherGitLab]: whether(isOther, String) }),
  };
}

/** At once where it is plain: a preview then knows it. */
function whether<T, R>(value: pulumi.Input<T>, of: (value: T) => R): pulumi.Input<R> {
  return pulumi.Output.isInstance(value) || value instanceof Promise
    ? pulumi.output(value).apply((each) => of(each as T))
    : of(value as T);
}

/** Whether an address is that of the stack's GitLab; one that cannot be right, which the lifecycle refuses, is not. */
function isStacks(baseUrl: string | undefined): boolean {
  const config = pulumi.runtime.allConfig();
  try {
    const given = configuredBaseUrl(() => baseUrl, process.env);
    return given === configuredBaseUrl((key) => config[key], process.env);
  } catch {
    return false;
  }
}

/** As if it were not configured; an undefined one would be unknown to a preview's look-ups. */
const none = "";

// A provider's inputs reach the process as text.
function asText(value: unknown): string {
  if (value === undefined || value === null) return none;
  return typeof value === "string" ? value : JSON.stringify(value);
}
