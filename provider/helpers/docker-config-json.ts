import type * as pulumi from "@pulumi/pulumi";
import { defaultBaseUrl } from "../gitlab/connection.js";
import {
  badArgument,
  baseUrlOf,
  type Credentials,
  credentialsOf,
  type DeployTokenSource,
  secretText,
  tokenOf,
  whenKnown,
} from "./source.js";

/** Which registry the login is for. */
export interface DockerConfigJsonOptions {
  /**
   * The container registry's host, with its port where that is not 443, as in `registry.example.com:5050`; no scheme,
   * no path. GitLab's own address does not tell it: it is the first part of an image's name.
   *
   * @default `registry.gitlab.com` for a token of `https://gitlab.com`; otherwise required
   */
  readonly registry?: pulumi.Input<string | undefined>;
}

const helper = "dockerConfigJson";
const wanted = 'a host, such as "registry.example.com" or "registry.example.com:5050"';
const host = /^(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i;

/**
 * The login to a container registry as the text of Docker's `config.json`, which is what a Kubernetes pull secret
 * holds. The token needs the scope `read_registry`, to push `write_registry` too.
 *
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: the registry is missing or no host, or the token's
 *   value is not known.
 * @example
 * ```ts
 * const pull = new ProjectDeployToken("pull", { project: "acme/app", scopes: ["read_registry"] });
 *
 * new k8s.core.v1.Secret("pull", {
 *   type: "kubernetes.io/dockerconfigjson",
 *   stringData: { ".dockerconfigjson": dockerConfigJson(pull, { registry: "registry.example.com" }) },
 * });
 * ```
 * @see https://docs.gitlab.com/user/project/deploy_tokens/#pull-images-from-a-container-registry
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
 */
export function dockerConfigJson(
  token: DeployTokenSource,
  options: DockerConfigJsonOptions = {},
): pulumi.Output<string> {
  const source = tokenOf(helper, token);
  const given = whenKnown({ registry: options.registry }, checkRegistry);
  const registry = whenKnown({ given, baseUrl: baseUrlOf(helper, source) }, orDefault);
  return secretText<{ login: Credentials; registry: string }>(
    { login: credentialsOf(helper, source), registry },
    ({ login: { username, token: password }, registry: name }) => {
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      return JSON.stringify({ auths: { [name]: { username, password, auth } } });
    },
  );
}

function checkRegistry({ registry }: { registry: string | undefined }): string | undefined {
  if (registry === undefined) return registry;
  const [found, port = "443"] = typeof registry === "string" ? (host.exec(registry) ?? []) : [];
  if (found !== undefined && Number(port) > 0 && Number(port) <= 65_535) return registry;
  throw badArgument(helper, "registry", registry, wanted);
}

function orDefault({ given, baseUrl }: { given: string | undefined; baseUrl: string }): string {
  if (given !== undefined) return given;
  if (baseUrl === defaultBaseUrl) return "registry.gitlab.com";
  const only = `only that of ${defaultBaseUrl} is known, not that of ${baseUrl}`;
  throw badArgument(helper, "registry", undefined, `${wanted}; ${only}`);
}
