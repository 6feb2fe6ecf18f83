import * as pulumi from "@pulumi/pulumi";
import { tokenArguments } from "../argument-keys.js";
import { now } from "../clock.js";
import { stackBaseUrl, warnAboutConfiguration } from "../configuration-warnings.js";
import { describeValue, showText } from "../describe-value.js";
import { isPast, normalizeExpiry } from "../gitlab/dates.js";
import type { OwnerKind } from "../gitlab/owner.js";
import { deployTokenScopes, isKnownScope, normalizeGivenScopes, scopeProblem } from "../gitlab/scopes.js";
import { mapInput } from "../map-input.js";
import { checkProgramArguments } from "../program-arguments.js";
import { inheritedProvider, packageOf, providerOf, providerProblem } from "../pulumi-package.js";
import { parseResourceId } from "../resource-id.js";
import { argumentError } from "./argument-error.js";
import { mayHaveEqual } from "./equal-tokens.js";
import { reference } from "./reference.js";
import type { AdoptArgs, DeployTokenArgs } from "./types.js";

/**
 * Refuses what the engine would lose on its way to the provider: misspelt arguments, and objects that are no JSON. The
 * values themselves are checked by the lifecycle, where they are known.
 *
 * @throws pulumi.ResourceError
 */
export function checkArguments(
  className: string,
  kind: OwnerKind,
  name: string,
  args: object | undefined,
  opts: pulumi.CustomResourceOptions | undefined,
): void {
  const what = `${className} "${name}"`;
  const refuse = (message: string) => argumentError(message, opts?.parent);
  // `.get()` reads from GitLab and ignores the arguments.
  if (opts?.id !== undefined || args === undefined) return;
  checkProgramArguments(what, args, tokenArguments(kind), refuse, opts?.parent);
  for (const key of [kind, "name", "scopes", "username", "expiresAt"] as const) {
    const value = (args as Readonly<Record<string, unknown>>)[key];
    if (isInstance(value))
      throw refuse(`${what}: ${key} is ${describeValue(value)}; wanted: ${plainForm[key]}`);
  }
  refuseDeletedWithToken(what, opts, refuse);
  if (providerOf(opts ?? {}) === undefined) refuseWrongAddress(what, refuse);
}

/** What the engine would send as an object of the fields of a class. */
function isInstance(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (pulumi.Output.isInstance(value) || "then" in value) return false;
  return !["Object", undefined].includes(value.constructor?.name);
}

const plainForm = {
  project: "an id or a full path, such as the output id of a resource",
  group: "an id or a full path, such as the output id of a resource",
  name: "a string",
  username: "a string",
  scopes: "a list, such as [...scopes] of a Set",
  expiresAt: "a string, such as the toISOString() of a Date",
} as const;

function refuseDeletedWithToken(
  what: string,
  opts: pulumi.CustomResourceOptions | undefined,
  refuse: (message: string) => Error,
): void {
  const type = (opts?.deletedWith as { __pulumiType?: unknown } | undefined)?.__pulumiType;
  if (typeof type !== "string" || !/(?:Project|Group)DeployToken$/.test(type)) return;
  throw refuse(
    `${what}: deletedWith is a deploy token. Pulumi would then skip the deletion of this token, and the token would keep working. ` +
      "Wanted: the project or group resource that the token belongs to, or no deletedWith.",
  );
}

function refuseWrongAddress(what: string, refuse: (message: string) => Error): void {
  try {
    stackBaseUrl();
  } catch (error) {
    warnAboutConfiguration();
    throw refuse(`${what}: ${error instanceof Error ? error.message : "unknown error"}`);
  }
}

/** The inputs of a resource: its arguments, placeholders for the outputs, and the reference to its lifecycle. */
export function inputsOf(
  kind: OwnerKind,
  name: string,
  owner: pulumi.Input<string | number> | undefined,
  args: DeployTokenArgs | undefined,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.Inputs {
  return {
    [kind]: owner,
    name: args?.name,
    // As the state has them: Pulumi compares the program's text with the state before it asks this package.
    scopes: mapInput<unknown, unknown>(args?.scopes, normalizeGivenScopes),
    username: args?.username,
    expiresAt: mapInput<unknown, unknown>(args?.expiresAt, normalizeExpiry),
    ...given({
      // A provider does not get the resource's name.
      defaultName: args === undefined || typeof args.name === "string" ? undefined : name,
      validatePastExpirationDate: args?.validatePastExpirationDate,
      adopt: adoption(args?.adopt, opts?.import),
      // The lifecycle takes it out: no state has it.
      mayHaveEqual:
        args === undefined || opts?.id !== undefined
          ? undefined
          : mayHaveEqual(kind, {
              owner,
              name: args.name ?? name,
              scopes: args.scopes,
              expiresAt: args.expiresAt,
            }),
    }),
    token: undefined,
    deployTokenId: undefined,
    ownerId: undefined,
    baseUrl: undefined,
    revoked: undefined,
    __provider: reference(kind),
  };
}

/** Leaves undefined inputs out, because each key costs the program an output object. */
function given(inputs: pulumi.Inputs): pulumi.Inputs {
  return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}

/** `adopt` and the option `import` in one input. The value becomes a secret, also from a plain string. */
function adoption(
  adopt: AdoptArgs | undefined,
  importId: pulumi.Input<pulumi.ID> | undefined,
): pulumi.Inputs | undefined {
  // Pulumi also ignores an empty id.
  if (adopt === undefined && !importId) return undefined;
  const token = adopt?.token === undefined ? {} : { token: pulumi.secret(adopt.token) };
  return { ...adopt, ...token, ...(importId ? { import: importId } : {}) };
}

/** Adds the options that every deploy token needs. Refuses a provider of another package. */
export function optionsOf(
  className: string,
  name: string,
  opts: pulumi.CustomResourceOptions | undefined,
): pulumi.CustomResourceOptions {
  const problem = providerProblem(`${className} "${name}"`, opts?.provider, "resource");
  if (problem !== undefined) throw argumentError(problem, opts?.parent);
  const own = { additionalSecretOutputs: ["token"] };
  if (opts === undefined) return own;
  // The engine's own import of a dynamic resource fails before any code of this package runs: see adoption().
  const { import: _import, ...rest } = opts;
  return pulumi.mergeOptions(rest, own);
}

interface DeployTokenResource extends pulumi.Resource {
  readonly expiresAt: pulumi.Output<string | undefined>;
  readonly deployTokenId: pulumi.Output<number>;
}

/** Whether the expiry has passed. GitLab's own flag is only true from the next day. */
export function expiredOf(resource: DeployTokenResource): pulumi.Output<boolean> {
  return pulumi
    .output(resource.expiresAt)
    .apply((expiresAt) => expiresAt !== undefined && isPast(expiresAt, now()));
}

/** Warnings about a resource from the program's process, in Pulumi's diagnostics. */
export function warnAbout(
  resource: DeployTokenResource,
  args: DeployTokenArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  warnAboutConfiguration();
  const warn = (message: string) => void pulumi.log.warn(message, resource);
  mapInput<unknown, void>(args.scopes, (scopes) => {
    for (const scope of Array.isArray(scopes) ? scopes : []) {
      if (typeof scope === "string" && !isKnownScope(scope) && scopeProblem(scope) === undefined)
        warn(`unknown scope ${showText(scope)}; known scopes: ${deployTokenScopes.join(", ")}`);
    }
  });
  mapInput<unknown, void>(args.expiresAt, (expiresAt) => {
    if (typeof expiresAt === "string" && isPast(expiresAt, now())) warn(expired(expiresAt));
  });
  if ((args.adopt !== undefined || opts.import) && pulumi.runtime.isDryRun()) {
    const word = opts.import ? "import" : "adopt";
    // A known output in a preview means that the state already has the token.
    resource.deployTokenId.apply((id) =>
      warn(`deploy token ${id} is ${word}ed: "${word}" can be removed from the program`),
    );
    noteAdoption(resource, args.adopt?.deployTokenId ?? importedId(opts.import));
  }
  if (inheritsOfficialProvider(opts)) {
    warn(
      'its parent has a provider of "@pulumi/gitlab", which this resource does not use: it goes to the GitLab of the stack\'s configuration. For another one give the parent a Provider of "pulumi-gitlab-deploy-tokens".',
    );
  }
}

/** Reports an adoption, which a preview shows as a create. */
function noteAdoption(resource: DeployTokenResource, deployTokenId: pulumi.Input<number | undefined>): void {
  const { isKnown } = resource.deployTokenId as unknown as { isKnown: Promise<boolean> };
  pulumi.all([deployTokenId, isKnown]).apply(([id, isMade]) => {
    if (isMade) return;
    void pulumi.log.info(`deploy token ${String(id)} is taken over; no new token is created`, resource);
  });
}

/** Undefined if the id is malformed: the lifecycle refuses it. */
function importedId(id: pulumi.Input<pulumi.ID> | undefined): pulumi.Output<number | undefined> {
  return pulumi.output(id).apply((text) => parseResourceId(String(text))?.deployTokenId);
}

function expired(expiresAt: string): string {
  return `expiresAt (${expiresAt}) has passed: the token no longer works. It stays in GitLab; set a later date to replace it.`;
}

function inheritsOfficialProvider({ parent }: pulumi.ResourceOptions): boolean {
  const isOfficial = packageOf(parent?.getProvider("gitlab:index:x")) === "gitlab";
  return isOfficial && inheritedProvider(parent) === undefined;
}
