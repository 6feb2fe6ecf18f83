import { defaultUsername } from "../gitlab/default-username.js";
import { isRecord } from "../gitlab/error-body.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { invalid } from "../invalid-argument.js";
import { kindOfType } from "../pulumi-package.js";
import { parseResourceId } from "../resource-id.js";
import { fieldsOf, isEncrypted, type JsonRecord, text } from "./deployment.js";
import {
  declaredProvider,
  nameIn,
  type OfficialOptions,
  OfficialProviders,
  referenceTo,
  secretOf,
} from "./official-provider.js";
import { officialTypes } from "./stack-exports.js";

/** A token as declared in a program for `@pulumi/gitlab`. */
export interface OfficialToken {
  readonly className: "ProjectDeployToken" | "GroupDeployToken";
  readonly resource: string;
  /** The URN of the component above it; undefined below the stack itself. */
  readonly parent: string | undefined;
  readonly provider: ReturnType<typeof declaredProvider>;
  readonly inputs: JsonRecord;
}

interface OfficialResources {
  readonly resources: readonly JsonRecord[];
  readonly tokens: readonly OfficialToken[];
}

/**
 * Rewrites the states of this package's deploy tokens as the official provider writes its own. Other resources stay,
 * with new references to the rewritten ones. Unused resources of this package's provider are removed.
 */
export function officialResources(
  resources: readonly JsonRecord[],
  options: OfficialOptions,
): OfficialResources {
  const providers = new OfficialProviders(resources, options);
  const taken = new Set(resources.map((resource) => resource["urn"]));
  const renamed = new Map<string, string>();
  const tokens: OfficialToken[] = [];
  // A set keeps the first position of a row, so a provider that was moved up is not added twice.
  const rewritten = new Set<JsonRecord>();
  for (const resource of resources) {
    const urn = String(resource["urn"]);
    const urnBelow = withTypesOf(urn, String(resource["parent"]), renamed);
    // A token that a program only reads does not belong to the stack.
    const kind = resource["external"] === true ? undefined : kindOfType(resource["type"]);
    if (kind === undefined) {
      if (urnBelow !== urn) renamed.set(urn, urnBelow);
      rewritten.add(resource);
      continue;
    }
    assertSettled(resource);
    // The engine expects a provider before the resources that use it.
    const provider = providers.of(resource);
    rewritten.add(provider);
    const token = officialToken(kind, { ...resource, urn: urnBelow }, provider, taken);
    renamed.set(urn, String(token.resource["urn"]));
    tokens.push(token.declared);
    rewritten.add(token.resource);
  }
  const all = [...rewritten].map((resource) => withNewUrns(resource, renamed));
  return { resources: withoutUnused(all, providers.replaced), tokens };
}

/** A URN contains the types of the resources above it. */
function withTypesOf(urn: string, parent: string, renamed: ReadonlyMap<string, string>): string {
  const typesOf = (each: string) => `::${each.split("::")[2]}$`;
  const newParent = renamed.get(parent);
  return newParent === undefined ? urn : urn.replace(typesOf(parent), () => typesOf(newParent));
}

/** A resource with an open request or a pending deletion needs this package's code to end it. */
function assertSettled(resource: JsonRecord): void {
  const reason =
    resource["delete"] === true
      ? "is about to be deleted"
      : parseResourceId(String(resource["id"]))?.deployTokenId === undefined ||
          fieldsOf(resource)["unsettled"] !== undefined
        ? "has an open request"
        : undefined;
  if (reason !== undefined) {
    throw invalid(`${resource["urn"]} ${reason}; wanted: a stack after a successful pulumi up`);
  }
}

function officialToken(
  kind: OwnerKind,
  resource: JsonRecord,
  provider: JsonRecord,
  taken: Set<unknown>,
): { resource: JsonRecord; declared: OfficialToken } {
  const outputs = fieldsOf(resource);
  const urn = String(resource["urn"]);
  const value = text(outputs["token"]);
  if (isEncrypted(outputs["token"])) {
    throw invalid(`${urn}: its token is encrypted; wanted: pulumi stack export --show-secrets`);
  }
  if (value === undefined) {
    throw invalid(`${urn} has no value in the state; wanted: adopt.token, then pulumi up, which records it`);
  }
  const { owner, deployTokenId } = parseResourceId(String(resource["id"])) ?? {};
  const { name, scopes, username } = outputs;
  const written = owner ?? text(outputs[kind]);
  const expiresAt = officialInstant(outputs["expiresAt"]);
  const isDefault = username === undefined || username === defaultUsername(deployTokenId ?? 0);
  const id = `${written}:${deployTokenId}`;
  const common = { [kind]: written, name, scopes };
  const expiry = expiresAt === undefined ? {} : { expiresAt };
  const inputs = { ...common, ...(isDefault ? {} : { username }), ...expiry };
  const type = officialTypes[kind];
  const [, prefix, stack, project] = /^(urn:pulumi:(.+?)::(.+?)::)/.exec(urn) ?? [];
  // The official provider has no rotation, so its tokens become direct resources of the stack.
  const isSlot = /[:$]gitlab-deploy-tokens:index:Rotating\w+\$/.test(urn);
  const direct = isSlot
    ? `${prefix}${type}::${nameIn(urn)}`
    : urn.replace(/pulumi-nodejs:dynamic\/gitlab:\w+(?=::)/, type);
  const parent = isSlot ? `${prefix}pulumi:pulumi:Stack::${project}-${stack}` : resource["parent"];
  // Another token may have that name: of the official provider, or a slot of a component under another parent.
  const newUrn = taken.has(direct) ? `${direct}-${deployTokenId}` : direct;
  taken.add(newUrn);
  const { propertyDependencies: _dependencies, aliases: _aliases, importID: _importId, ...kept } = resource;
  return {
    resource: {
      ...kept,
      urn: newUrn,
      type,
      id,
      ...(parent === undefined ? {} : { parent }),
      provider: referenceTo(provider),
      inputs,
      outputs: {
        id,
        ...common,
        username,
        ...expiry,
        expired: false,
        revoked: outputs["revoked"] === true,
        token: secretOf(value),
        validatePastExpirationDate: false,
      },
      additionalSecretOutputs: ["token"],
    },
    declared: {
      className: kind === "project" ? "ProjectDeployToken" : "GroupDeployToken",
      resource: nameIn(newUrn),
      parent: text(parent)?.includes("::pulumi:pulumi:Stack::") ? undefined : text(parent),
      provider: declaredProvider(provider, outputs),
      inputs,
    },
  };
}

/** Replaces references to the rewritten resources. */
function withNewUrns(resource: JsonRecord, renamed: ReadonlyMap<string, string>): JsonRecord {
  const replace = (value: unknown): unknown => {
    if (typeof value === "string") return renamed.get(value) ?? value;
    if (Array.isArray(value)) return value.map(replace);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
  };
  const { inputs, outputs, ...references } = resource;
  return {
    ...(replace(references) as JsonRecord),
    ...(inputs === undefined ? {} : { inputs }),
    ...(outputs === undefined ? {} : { outputs }),
  };
}

/** Removes unused resources of this package's provider, and rotating components without tokens. */
function withoutUnused(resources: readonly JsonRecord[], served: readonly string[]): JsonRecord[] {
  const providers = new Set(resources.map((resource) => resource["provider"]));
  const parents = new Set(resources.map((resource) => resource["parent"]));
  return resources.filter((resource) => {
    const isRotation = /^gitlab-deploy-tokens:index:Rotating/.test(String(resource["type"]));
    if (served.includes(referenceTo(resource))) return providers.has(referenceTo(resource));
    return !isRotation || parents.has(resource["urn"]);
  });
}

/** The official provider's form of a time, without milliseconds. A secret stays one. */
function officialInstant(expiresAt: unknown): unknown {
  const instant = text(expiresAt)?.replace(/\.000Z$/, "Z");
  return instant === undefined || typeof expiresAt === "string" ? instant : secretOf(instant);
}
