import { defaultUsername } from "../gitlab/default-username.js";
import { isRecord } from "../gitlab/error-body.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { invalid } from "../invalid-argument.js";
import { parseResourceId } from "../resource-id.js";

type Resource = Readonly<Record<string, unknown>>;

/** A token as declared in a program for `@pulumi/gitlab`. */
export interface OfficialToken {
  readonly className: "ProjectDeployToken" | "GroupDeployToken";
  readonly resource: string;
  /** The URN of the component above it; undefined below the stack itself. */
  readonly parent: string | undefined;
  readonly inputs: Resource;
}

export interface OfficialResources {
  readonly resources: readonly Resource[];
  readonly tokens: readonly OfficialToken[];
}

export interface OfficialOptions {
  /** The version of the official provider that the program will use. */
  readonly version: string;
  /** The access token for a provider resource without one. */
  readonly accessToken: string | undefined;
}

const kinds: Readonly<Record<string, OwnerKind>> = {
  "pulumi-nodejs:dynamic/gitlab:ProjectDeployToken": "project",
  "pulumi-nodejs:dynamic/gitlab:GroupDeployToken": "group",
};
const official = {
  project: { className: "ProjectDeployToken", type: "gitlab:index/projectDeployToken:ProjectDeployToken" },
  group: { className: "GroupDeployToken", type: "gitlab:index/groupDeployToken:GroupDeployToken" },
} as const;
const providerType = "pulumi:providers:gitlab";
const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/**
 * Rewrites the states of this package's deploy tokens as the official provider writes its own. Other resources stay,
 * with new references to the rewritten ones. Unused resources of this package's provider are removed.
 */
export function officialResources(
  resources: readonly Resource[],
  options: OfficialOptions,
): OfficialResources {
  const providers = new Map(resources.map((resource) => [`${resource["urn"]}::${resource["id"]}`, resource]));
  const byUrn = new Map(resources.map((resource) => [resource["urn"], resource]));
  const renamed = new Map<string, string>();
  const added = new Map<string, Resource>();
  const placed = new Set<Resource>();
  const tokens: OfficialToken[] = [];
  const rewritten: Resource[] = [];
  for (const resource of resources) {
    if (placed.has(resource)) continue;
    const kind = kinds[String(resource["type"])];
    // A token that a program only reads does not belong to the stack.
    if (kind === undefined || resource["external"] === true) {
      rewritten.push(resource);
      continue;
    }
    assertSettled(resource);
    const own = `${resource["provider"]}`;
    let provider = added.get(own);
    if (provider === undefined) {
      const made = officialProvider(resource, providers.get(own), options);
      // A stack that uses both providers already has one. The engine expects it before the resources that use it.
      provider = byUrn.get(made["urn"]) ?? made;
      added.set(own, provider);
      if (!rewritten.includes(provider)) rewritten.push(provider);
      placed.add(provider);
    }
    const token = officialToken(kind, resource, provider);
    renamed.set(String(resource["urn"]), String(token.resource["urn"]));
    tokens.push(token.declared);
    rewritten.push(token.resource);
  }
  const all = rewritten.map((resource) => withNewUrns(resource, renamed));
  return { resources: withoutUnused(all, [...added.keys()]), tokens };
}

/** A resource with an open request or a pending deletion needs this package's code to end it. */
function assertSettled(resource: Resource): void {
  const reason =
    resource["delete"] === true
      ? "is about to be deleted"
      : parseResourceId(String(resource["id"]))?.deployTokenId === undefined ||
          outputsOf(resource)["unsettled"] !== undefined
        ? "has an open request"
        : undefined;
  if (reason !== undefined) {
    throw invalid(`${resource["urn"]} ${reason}; wanted: a stack after a successful pulumi up`);
  }
}

function officialToken(
  kind: OwnerKind,
  resource: Resource,
  provider: Resource,
): { resource: Resource; declared: OfficialToken } {
  const outputs = outputsOf(resource);
  const urn = String(resource["urn"]);
  const value = outputs["token"];
  if (isRecord(value) && "ciphertext" in value) {
    throw invalid(`${urn}: its token is encrypted; wanted: pulumi stack export --show-secrets`);
  }
  if (value === undefined) {
    throw invalid(`${urn} has no value in the state; wanted: adopt.token, then pulumi up, which records it`);
  }
  const { owner, deployTokenId } = parseResourceId(String(resource["id"])) ?? {};
  const { name, scopes, username } = outputs;
  const written = owner ?? String(outputs[kind]);
  const expiresAt = officialInstant(outputs["expiresAt"]);
  const isDefault = username === undefined || username === defaultUsername(deployTokenId ?? 0);
  const id = `${written}:${deployTokenId}`;
  const common = { [kind]: written, name, scopes };
  const expiry = expiresAt === undefined ? {} : { expiresAt };
  const inputs = { ...common, ...(isDefault ? {} : { username }), ...expiry };
  const { className, type } = official[kind];
  const rotation = /^(urn:.+?::.+?::)(?:.*\$)?gitlab-deploy-tokens:index:Rotating\w+\$/.exec(urn);
  const ownUrn = urn.replace(/pulumi-nodejs:dynamic\/gitlab:\w+(?=::)/, type);
  const stack = /^urn:pulumi:(.+?)::(.+?)::/.exec(urn);
  const stackUrn = `urn:pulumi:${stack?.[1]}::${stack?.[2]}::pulumi:pulumi:Stack::${stack?.[2]}-${stack?.[1]}`;
  // The official provider has no rotation, so its tokens become direct resources of the stack.
  const newUrn = rotation === null ? ownUrn : `${rotation[1]}${type}::${urn.split("::").slice(3).join("::")}`;
  const parent = rotation === null ? resource["parent"] : stackUrn;
  const { propertyDependencies: _dependencies, aliases: _aliases, importID: _importId, ...kept } = resource;
  return {
    resource: {
      ...kept,
      urn: newUrn,
      type,
      id,
      ...(parent === undefined ? {} : { parent }),
      provider: `${provider["urn"]}::${provider["id"]}`,
      inputs,
      outputs: {
        id,
        ...common,
        username,
        ...expiry,
        expired: false,
        revoked: outputs["revoked"] === true,
        token: typeof value === "string" ? secretOf(value) : value,
        validatePastExpirationDate: false,
      },
      additionalSecretOutputs: ["token"],
    },
    declared: {
      className,
      resource: newUrn.split("::").slice(3).join("::"),
      parent: String(parent).includes("::pulumi:pulumi:Stack::") ? undefined : String(parent),
      inputs,
    },
  };
}

/** The resource of the official provider that replaces one of this package's provider. */
function officialProvider(
  token: Resource,
  own: Resource | undefined,
  { version, accessToken }: OfficialOptions,
): Resource {
  const [, prefix = "", name = "default"] =
    /^(urn:.+?::.+?::).*::(.+?)::[^:]*$/.exec(String(token["provider"])) ?? [];
  const stored = { ...outputsOf(own ?? {}), ...(isRecord(own?.["inputs"]) ? own["inputs"] : {}) };
  const given = stored["gitlab:token"] ?? (accessToken === undefined ? undefined : secretOf(accessToken));
  if (given === undefined || (isRecord(given) && "ciphertext" in given)) {
    throw invalid(
      `No access token for ${outputsOf(token)["baseUrl"]} is readable in the state; wanted: GITLAB_TOKEN, and pulumi stack export --show-secrets`,
    );
  }
  const inputs = {
    baseUrl: `${outputsOf(token)["baseUrl"]}/api/v4/`,
    token: typeof given === "string" ? secretOf(given) : given,
    version,
  };
  const isDefault = name === "default" || name.startsWith("default_");
  return {
    urn: `${prefix}${providerType}::${isDefault ? `default_${version.replaceAll(".", "_")}` : name}`,
    custom: true,
    // The engine gives each provider a random id.
    id: own?.["id"] ?? "0a6d1a2e-0000-4000-8000-000000000000",
    type: providerType,
    inputs,
    outputs: inputs,
  };
}

/** Replaces references to the rewritten resources. */
function withNewUrns(resource: Resource, renamed: ReadonlyMap<string, string>): Resource {
  const replace = (value: unknown): unknown => {
    if (typeof value === "string") return renamed.get(value) ?? value;
    if (Array.isArray(value)) return value.map(replace);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
  };
  const { inputs, outputs, ...references } = resource;
  return {
    ...(replace(references) as Resource),
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
  };
}

/** Removes unused resources of this package's provider, and rotating components without tokens. */
function withoutUnused(resources: readonly Resource[], served: readonly string[]): Resource[] {
  const providers = new Set(resources.map((resource) => resource["provider"]));
  const parents = new Set(resources.map((resource) => resource["parent"]));
  return resources.filter((resource) => {
    const isProvider = served.includes(`${resource["urn"]}::${resource["id"]}`);
    const isRotation = /^gitlab-deploy-tokens:index:Rotating/.test(String(resource["type"]));
    if (isProvider) return providers.has(`${resource["urn"]}::${resource["id"]}`);
    return !isRotation || parents.has(resource["urn"]);
  });
}

/** The official provider's form of a time, without milliseconds. */
function officialInstant(expiresAt: unknown): string | undefined {
  return typeof expiresAt === "string" ? expiresAt.replace(/\.000Z$/, "Z") : undefined;
}

function secretOf(value: string): Resource {
  return { ...secretMark, plaintext: JSON.stringify(value) };
}

function outputsOf(resource: Resource): Resource {
  return isRecord(resource["outputs"]) ? resource["outputs"] : {};
}
