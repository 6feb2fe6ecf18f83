import * as pulumi from "@pulumi/pulumi";
import { configuredBaseUrl, type Setting, settings } from "../config.js";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { dynamicPackage } from "../pulumi-package.js";
import { warnAboutPlainHttp } from "./connection-warnings.js";

/** The arguments of a `Provider`: the keys of the stack's configuration, without `gitlab:`. */
export interface ProviderArgs {
  /**
   * A personal, project or group access token, or an OAuth token, with the scope `api`. Kept as a secret.
   *
   * @default the stack's `gitlab:token`, else `GITLAB_TOKEN`, where `baseUrl` is theirs
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
 * stack's configuration, then from the environment; credentials do so only if `baseUrl` is the stack's.
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

/** Those that are never sent to a host that they were not configured for. */
const credentials = new Set<Setting>(["token", "headers", "clientCert", "clientKey"]);

function inputsOf(args: ProviderArgs): pulumi.Inputs {
  const names = (Object.keys(settings) as Setting[]).filter((name) => name !== "rotationTime");
  return Object.fromEntries(
    names.map((name) => {
      const given = (args as Partial<Record<Setting, pulumi.Input<unknown>>>)[name];
      const value = given === undefined ? inherited(name, args) : pulumi.output(given).apply(asText);
      return [`gitlab:${name}`, settings[name].secret && value !== undefined ? pulumi.secret(value) : value];
    }),
  );
}

function inherited(name: Setting, args: ProviderArgs): pulumi.Input<string | undefined> {
  const config = pulumi.runtime.allConfig();
  const value = config[`gitlab:${name}`];
  if (value === undefined || args.baseUrl === undefined || !credentials.has(name)) return value;
  const stack = configuredBaseUrl((key) => config[key], process.env);
  return pulumi
    .output(args.baseUrl)
    .apply((baseUrl) =>
      baseUrl === undefined || normalizeBaseUrl(baseUrl, "baseUrl") === stack ? value : undefined,
    );
}

// A provider's inputs reach the process as text.
function asText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
