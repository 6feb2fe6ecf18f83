import * as pulumi from "@pulumi/pulumi";
import { now } from "../clock.js";
import { isPast } from "../gitlab/dates.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { deployTokenScopes, isKnownScope } from "../gitlab/scopes.js";
import { dynamicPackage, packageOf } from "../pulumi-package.js";
import { warnAboutConfiguration } from "./connection-warnings.js";
import { reference } from "./reference.js";
import type { AdoptArgs, DeployTokenArgs } from "./types.js";

export function typeOf(className: string): string {
  return `${dynamicPackage}:dynamic/gitlab:${className}`;
}

/** What a resource registers: its arguments, the outputs to come, and the reference to its lifecycle. */
export function inputsOf(
  kind: OwnerKind,
  name: string,
  owner: pulumi.Input<string | number> | undefined,
  args: DeployTokenArgs | undefined,
): pulumi.Inputs {
  return {
    [kind]: owner,
    name: args?.name,
    scopes: args?.scopes,
    username: args?.username,
    expiresAt: args?.expiresAt,
    ...given({
      // A provider is not told the resource's name.
      defaultName: args === undefined || typeof args.name === "string" ? undefined : name,
      validatePastExpirationDate: args?.validatePastExpirationDate,
      adopt: secretAdoption(args?.adopt),
    }),
    token: undefined,
    deployTokenId: undefined,
    ownerId: undefined,
    baseUrl: undefined,
    revoked: undefined,
    __provider: reference(kind),
  };
}

/** What is no output either need not be there at all: each key costs the program an output of its own. */
function given(inputs: pulumi.Inputs): pulumi.Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}

/** A plain string must not reach the state in the clear. */
function secretAdoption(adopt: AdoptArgs | undefined): pulumi.Inputs | undefined {
  if (adopt?.token === undefined) return adopt === undefined ? undefined : { ...adopt };
  return { ...adopt, token: pulumi.secret(adopt.token) };
}

/** Pulumi's options with what every deploy token needs, refused where they name another package's provider. */
export function optionsOf(
  className: string,
  name: string,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  const given = packageOf(opts?.provider);
  if (given !== undefined && given !== dynamicPackage) {
    throw new pulumi.ResourceError(
      `${className} "${name}": the option "provider" is an instance of the package "${given}", which this resource does not use. ` +
        'Wanted: new Provider(…) of "pulumi-gitlab-deploy-tokens".',
      opts?.parent,
    );
  }
  const own = { additionalSecretOutputs: ["token"] };
  return opts === undefined ? own : pulumi.mergeOptions(opts, own);
}

interface DeployTokenResource extends pulumi.Resource {
  readonly expiresAt: pulumi.Output<string | undefined>;
  readonly deployTokenId: pulumi.Output<number>;
}

/** Whether the expiry has passed, worked out here: GitLab's own flag is only true from the next day. */
export function expiredOf(resource: DeployTokenResource): pulumi.Output<boolean> {
  return pulumi
    .output(resource.expiresAt)
    .apply((expiresAt) => expiresAt !== undefined && isPast(expiresAt, now()));
}

/** Everything that the program's side can say about a resource, in Pulumi's own diagnostics. */
export function warnAbout(
  resource: DeployTokenResource,
  args: DeployTokenArgs,
  opts: pulumi.ResourceOptions,
): void {
  warnAboutConfiguration();
  const warn = (message: string) => void pulumi.log.warn(message, resource);
  look(args.scopes, (scopes) => {
    for (const scope of Array.isArray(scopes) ? scopes : []) {
      if (typeof scope === "string" && !isKnownScope(scope)) warn(unknownScope(scope));
    }
  });
  look(args.expiresAt, (expiresAt) => {
    if (typeof expiresAt === "string" && isPast(expiresAt, now())) warn(expired(expiresAt));
  });
  if (args.adopt !== undefined && pulumi.runtime.isDryRun()) {
    // Known in a preview: the state has the token already.
    resource.deployTokenId.apply((id) =>
      warn(`deploy token ${id} is adopted: "adopt" can be removed from the program`),
    );
  }
  if (inheritsOfficialProvider(opts)) {
    warn(
      'its parent has a provider of "@pulumi/gitlab", which this resource does not use: it goes to the GitLab of the stack\'s configuration. For another one give the parent a Provider of "pulumi-gitlab-deploy-tokens".',
    );
  }
}

/** At once where it is plain, as most are; else when it is known. */
function look(value: pulumi.Input<unknown>, at: (value: unknown) => void): void {
  const isPlain = (Array.isArray(value) ? value : [value]).every((each) => typeof each === "string");
  if (isPlain) at(value);
  else if (value !== undefined) pulumi.output(value).apply(at);
}

function unknownScope(scope: string): string {
  const snakeCase = scope.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const hint = isKnownScope(snakeCase) ? `; did you mean "${snakeCase}"?` : "";
  return `scope ${JSON.stringify(scope)} is none that this package knows (${deployTokenScopes.join(", ")})${hint}`;
}

function expired(expiresAt: string): string {
  return `expiresAt (${expiresAt}) has passed: the token no longer works. It is kept; for a new one give a later date.`;
}

function inheritsOfficialProvider(opts: pulumi.ResourceOptions): boolean {
  const inherited = (type: string) => packageOf(opts.parent?.getProvider(type));
  return inherited("gitlab:index:x") === "gitlab" && inherited(`${dynamicPackage}:dynamic:x`) === undefined;
}
