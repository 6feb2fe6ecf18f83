import type * as pulumi from "@pulumi/pulumi";
import { defaultBaseUrl } from "../gitlab/connection.js";
import { type DeployTokenEntries, type Format, writeFormat } from "./format.js";
import { needs, type ScopeNeed } from "./scope-needs.js";
import { badArgument, baseUrlOf, mapInput } from "./source.js";

/** The registries that the login is for. */
export interface DockerConfigJsonOptions {
  /**
   * The container registry's host, with its port where that is not 443, as in `registry.example.com:5050`; no scheme.
   * It is the first part of an image's name, and does not follow from GitLab's address. A path after the host limits
   * the login to the images below it, as in `registry.example.com/acme/app`: Podman, Skopeo, Buildah and Kubernetes
   * support such keys, Docker itself does not.
   *
   * @default `registry.gitlab.com` for a token of `https://gitlab.com` without `dependencyProxy`; otherwise required
   */
  readonly registry?: pulumi.Input<string | undefined>;
  /**
   * Whether the login is also for the dependency proxy, whose images are named after GitLab's own host. It needs a
   * group's token with `read_registry` and `write_registry`, or with both scopes of virtual registries.
   *
   * @default false
   * @see https://docs.gitlab.com/user/packages/dependency_proxy/
   */
  readonly dependencyProxy?: pulumi.Input<boolean | undefined>;
}

interface Parts {
  readonly registries: readonly string[];
}

const wantedRegistry =
  'a host, such as "registry.example.com" or "registry.example.com:5050", or a path below it, such as "registry.example.com/acme/app"';
const host =
  /^(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])(?::(\d{1,5}))?((?:\/[a-z\d](?:[a-z\d._-]*[a-z\d])?)*)$/i;

const format: Format<DockerConfigJsonOptions, Parts, string> = {
  name: "dockerConfigJson",
  options: ["registry", "dependencyProxy"],
  needs: ({ registry, dependencyProxy }) =>
    mapInput<Given, readonly ScopeNeed[]>(
      { registry, dependencyProxy },
      ({ registry: named, dependencyProxy: proxy = false }) => [
        ...(named === undefined && proxy ? [] : [needs.registry]),
        ...(proxy ? [needs.dependencyProxy] : []),
      ],
    ),
  parts: (source, { registry, dependencyProxy }, label) => {
    const given = mapInput({ registry, dependencyProxy }, (values: Given) => check(label, values));
    const forProxy = mapInput(
      { given, project: source.project, group: source.group },
      ({ given: { dependencyProxy: proxy }, project, group }: Owned) => {
        if (!proxy || project === undefined || group !== undefined) return proxy;
        const wanted = "a token of a group, because the dependency proxy belongs to a group";
        throw badArgument(label, "dependencyProxy", true, wanted);
      },
    );
    const inputs = { given, forProxy, baseUrl: baseUrlOf(label, source) };
    return { registries: mapInput<Known, readonly string[]>(inputs, (known) => registriesOf(label, known)) };
  },
  keys: ({ registries }) => registries,
  write: (entries) => {
    const auths = entries.flatMap(({ registries, username, token: password }) => {
      const auth = Buffer.from(`${username}:${password}`).toString("base64");
      return registries.map((registry) => [registry, { username, password, auth }] as const);
    });
    return JSON.stringify({ auths: Object.fromEntries(auths) });
  },
};

/**
 * The login to one or several container registries as the text of Docker's `config.json`, which is what a Kubernetes
 * pull secret contains. The token needs the scope `read_registry`, to push `write_registry` too.
 *
 * @param token A deploy token; or a list of entries, each a token with its own options.
 * @param options The registries that the login is for.
 * @returns a secret output.
 * @throws DeployTokenError `invalid_argument`: a registry is missing, is not a host or appears twice; the token's
 *   scopes are not enough; or its value is unknown.
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
  token: DeployTokenEntries<DockerConfigJsonOptions>,
  options?: DockerConfigJsonOptions,
): pulumi.Output<string> {
  return writeFormat(format, token, options);
}

interface Given {
  readonly registry: string | undefined;
  readonly dependencyProxy: boolean | undefined;
}

interface Checked {
  readonly registry: string | undefined;
  readonly dependencyProxy: boolean;
}

interface Owned {
  readonly given: Checked;
  readonly project: string | number | undefined;
  readonly group: string | number | undefined;
}

interface Known {
  readonly given: Checked;
  readonly forProxy: boolean;
  readonly baseUrl: string;
}

function check(label: string, { registry, dependencyProxy = false }: Given): Checked {
  if (typeof dependencyProxy !== "boolean") {
    throw badArgument(label, "dependencyProxy", dependencyProxy, "true or false");
  }
  if (registry === undefined) return { registry, dependencyProxy };
  const [found, port = "443"] = typeof registry === "string" ? (host.exec(registry) ?? []) : [];
  if (found !== undefined && Number(port) > 0 && Number(port) <= 65_535) return { registry, dependencyProxy };
  throw badArgument(label, "registry", registry, wantedRegistry);
}

function registriesOf(label: string, { given: { registry }, forProxy, baseUrl }: Known): readonly string[] {
  const proxy = forProxy ? [new URL(baseUrl).host] : [];
  if (registry !== undefined) return [registry, ...proxy];
  if (forProxy) return proxy;
  if (baseUrl === defaultBaseUrl) return ["registry.gitlab.com"];
  const only = `only that of ${defaultBaseUrl} is known, not that of ${baseUrl}`;
  throw badArgument(label, "registry", undefined, `${wantedRegistry}; ${only}`);
}
