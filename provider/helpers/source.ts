import * as pulumi from "@pulumi/pulumi";
import { programBaseUrl } from "../configuration-warnings.js";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import type { DeployTokenError } from "../gitlab/errors.js";
import { invalid, invalidArgument } from "../invalid-argument.js";
import { mapInput as mapAnyInput } from "../map-input.js";
import { checkProgramArguments, isMocked } from "../program-arguments.js";
import { asRunError } from "../without-stack-trace.js";

/** A deploy token's user name and value, and its GitLab, owner and scopes if they are known. */
export interface DeployTokenCredentials {
  /** The token's user name. */
  readonly username: pulumi.Input<string>;
  /** The token's value. */
  readonly token: pulumi.Input<string>;
  /** @default the stack's `gitlab:baseUrl`, else `GITLAB_BASE_URL`, else `https://gitlab.com` */
  readonly baseUrl?: pulumi.Input<string | undefined>;
  /** The project that the token belongs to: its id or its full path. */
  readonly project?: pulumi.Input<string | number | undefined>;
  /** The group that the token belongs to: its id or its full path. */
  readonly group?: pulumi.Input<string | number | undefined>;
  /** The project's or group's numeric id. It has precedence over the path. */
  readonly ownerId?: pulumi.Input<string | undefined>;
  /** The token's scopes. If they are known, a preview refuses a format that needs others. */
  readonly scopes?: pulumi.Input<readonly pulumi.Input<string>[] | undefined>;
}

/**
 * What the helpers take: a `ProjectDeployToken`, a `GroupDeployToken`, a rotating component, or an object with
 * `username` and `token`, such as two outputs of another stack.
 */
export type DeployTokenSource =
  | DeployTokenCredentials
  | (Pick<DeployTokenCredentials, "username" | "token"> & { readonly current: DeployTokenCredentials });

/** The same, with the current token of a rotating component. */
export function tokenOf(helper: string, source: DeployTokenSource): DeployTokenCredentials {
  const isObject = (value: unknown) => typeof value === "object" && value !== null;
  const token = isObject(source) && "current" in source ? source.current : source;
  if (!isObject(token) || pulumi.Output.isInstance(token)) {
    throw asRunError(badArgument(helper, "its first argument", token, wantedSource));
  }
  if (!pulumi.Resource.isInstance(token)) {
    checkProgramArguments(helper, token, { names: sourceKeys }, (message) => asRunError(invalid(message)));
  }
  return token;
}

/** The keys of `DeployTokenCredentials`, and the other outputs of a deploy token, which are accepted too. */
const sourceKeys = [
  ...["username", "token", "baseUrl", "project", "group", "ownerId"],
  ...["name", "scopes", "expiresAt", "expired", "revoked", "deployTokenId", "rotatesAt", "active"],
];

/** Refuses options of a helper that are not an object or have a misspelt key. */
export function checkOptions(helper: string, options: unknown, names: readonly string[]): void {
  checkProgramArguments(`${helper}: options`, options, { names }, (message) => asRunError(invalid(message)));
}

const wantedSource = "a deploy token, a rotating component, or an object with username and token";

export interface Credentials {
  readonly username: string;
  readonly token: string;
}

export type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/** `mapInput` for the values of a helper: an error points to the program's line. */
export function mapInput<T extends object, R>(
  inputs: Inputs<T>,
  work: (values: T) => R,
): R | pulumi.Output<R> {
  return mapAnyInput<T, R>(inputs, (values) => {
    try {
      refuseUnknownText(values);
      return work(values);
    } catch (error) {
      throw asRunError(error);
    }
  });
}

/**
 * `pulumi refresh --run-program` may store Pulumi's text for an unknown value as an output; a consumer's `up` must not
 * write it where a credential belongs.
 */
function refuseUnknownText(values: object): void {
  const { unknownValue } = pulumi.runtime;
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "string" || !value.includes(unknownValue)) continue;
    throw invalid(
      `${name} is ${unknownValue}, Pulumi's placeholder for an unknown value; wanted: the value itself. ` +
        "A refresh that runs the program may have stored it as an output: run pulumi up in the stack that has it.",
    );
  }
}

/** User name and value. Neither may be missing. */
export function credentialsOf(
  helper: string,
  { username, token }: DeployTokenCredentials,
): pulumi.Input<Credentials> {
  return mapInput<Partial<Credentials>, Credentials>({ username, token }, (given) => {
    if (!given.username) throw missing(helper, "", "username");
    if (!given.token) throw missing(helper, ` ${JSON.stringify(given.username)}`, "token");
    if (typeof given.username !== "string" || !/^[\w.+-]+$/.test(given.username)) {
      throw badArgument(
        helper,
        "username",
        given.username,
        "letters, digits and _ . + -, as GitLab has them",
      );
    }
    // For example, a line end that was pasted with the value.
    if (typeof given.token !== "string" || !/^[\x21-\x7e]+$/.test(given.token)) {
      throw badArgument(helper, "token", "[secret]", "the value from GitLab, without spaces or line breaks");
    }
    return { username: given.username, token: given.token };
  });
}

function missing(helper: string, which: string, name: string): DeployTokenError {
  const advice = isMocked()
    ? `The mocks of this test return none: return ${name} in the state from newResource (pulumi.runtime.setMocks).`
    : "GitLab does not give the value of a token that was only read or looked up, or adopted without it: adopt it with its value, or create a new one.";
  return invalid(
    `${helper}: the deploy token${which} has no ${name}; wanted: one that this or another stack created. ${advice}`,
  );
}

/** The address of the token's GitLab, in one spelling. */
export function baseUrlOf(helper: string, { baseUrl }: DeployTokenCredentials): pulumi.Input<string> {
  return mapInput<{ baseUrl: string | undefined }, string>({ baseUrl }, (given) => {
    if (given.baseUrl !== undefined) return normalizeBaseUrl(given.baseUrl, `${helper}: baseUrl`);
    return programBaseUrl();
  });
}

/** GitLab's host, with its port if that is not the scheme's default; a `hostname` has no port. */
export function hostOf(
  helper: string,
  source: DeployTokenCredentials,
  part: "host" | "hostname" = "host",
): pulumi.Input<string> {
  return mapInput<{ url: string }, string>(
    { url: baseUrlOf(helper, source) },
    ({ url }) => new URL(url)[part],
  );
}

/** A URL with user name and value before its host. */
export function withCredentials(url: string, { username, token }: Credentials): string {
  const userInfo = `${encodeURIComponent(username)}:${encodeURIComponent(token)}`;
  return url.replace("://", () => `://${userInfo}@`);
}

export function badArgument(helper: string, name: string, given: unknown, wanted: string): DeployTokenError {
  return invalidArgument(`${helper}: ${name}`, given, wanted);
}
