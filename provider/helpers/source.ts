import * as pulumi from "@pulumi/pulumi";
import { configuredBaseUrl } from "../config.js";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { asRunError } from "../run-error.js";

/** A deploy token's user name and value, and what is known of where it works. */
export interface DeployTokenCredentials {
  /** The user name that goes with it. */
  readonly username: pulumi.Input<string>;
  /** The token's value. */
  readonly token: pulumi.Input<string>;
  /** @default the stack's `gitlab:baseUrl`, else `GITLAB_BASE_URL`, else `https://gitlab.com` */
  readonly baseUrl?: pulumi.Input<string | undefined>;
  /** The project that the token is of: its id or its full path. */
  readonly project?: pulumi.Input<string | number | undefined>;
  /** The group that the token is of: its id or its full path. */
  readonly group?: pulumi.Input<string | number | undefined>;
  /** The project's or group's numeric id; goes before its path. */
  readonly ownerId?: pulumi.Input<string | undefined>;
}

/**
 * What the helpers take: a `ProjectDeployToken`, a `GroupDeployToken`, a rotating component, or an object with
 * `username` and `token`, such as two outputs of another stack.
 */
export type DeployTokenSource =
  | DeployTokenCredentials
  | (Pick<DeployTokenCredentials, "username" | "token"> & { readonly current: DeployTokenCredentials });

/** The same, with a rotating component's current token in its place. */
export function tokenOf(helper: string, source: DeployTokenSource): DeployTokenCredentials {
  const isObject = (value: unknown) => typeof value === "object" && value !== null;
  const token = isObject(source) && "current" in source ? source.current : source;
  if (isObject(token)) return token;
  throw asRunError(badArgument(helper, "its first argument", typeof token, wantedSource));
}

const wantedSource = "a deploy token, a rotating component, or an object with username and token";

export interface Credentials {
  readonly username: string;
  readonly token: string;
}

type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/**
 * Works at once where all values are there, so that what cannot be right is an error of the program's own line; else as
 * soon as they are known, which in a preview may be never.
 */
export function whenKnown<T extends object, R>(
  inputs: Inputs<T>,
  work: (values: T) => R,
): R | pulumi.Output<R> {
  const now = (values: T): R => {
    try {
      return work(values);
    } catch (error) {
      throw asRunError(error);
    }
  };
  const waits = Object.values(inputs).some(
    (each) => pulumi.Output.isInstance(each) || each instanceof Promise,
  );
  return waits
    ? (pulumi.output(inputs).apply((values) => now(values as T)) as pulumi.Output<R>)
    : now(inputs as unknown as T);
}

/** The text that a helper gives. */
export function secretText<T extends object>(
  inputs: Inputs<T>,
  write: (values: T) => string,
): pulumi.Output<string> {
  return pulumi.secret(whenKnown(inputs, write));
}

/** User name and value, neither of them missing. */
export function credentialsOf(
  helper: string,
  { username, token }: DeployTokenCredentials,
): pulumi.Input<Credentials> {
  return whenKnown<Partial<Credentials>, Credentials>({ username, token }, (given) => {
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
    // A line end that was pasted along, say.
    if (typeof given.token !== "string" || !/^[\x21-\x7e]+$/.test(given.token)) {
      throw badArgument(
        helper,
        "token",
        "[secret]",
        "the value as GitLab gave it, without blanks or line ends",
      );
    }
    return { username: given.username, token: given.token };
  });
}

function missing(helper: string, which: string, name: string): DeployTokenError {
  return new DeployTokenError(
    "invalid_argument",
    `${helper}: the deploy token${which} has no ${name}; wanted: one that this or another stack made. ` +
      "GitLab does not give the value of a token that was only read or looked up, or adopted without it: adopt it with its value, or make a new one.",
  );
}

/** The GitLab that the token is of, in one spelling. */
export function baseUrlOf(helper: string, { baseUrl }: DeployTokenCredentials): pulumi.Input<string> {
  return whenKnown<{ baseUrl: string | undefined }, string>({ baseUrl }, (given) => {
    if (given.baseUrl !== undefined) return normalizeBaseUrl(given.baseUrl, `${helper}: baseUrl`);
    const config = pulumi.runtime.allConfig();
    return configuredBaseUrl((key) => config[key], process.env);
  });
}

/** A URL with user name and value before its host. */
export function withCredentials(url: string, { username, token }: Credentials): string {
  const userInfo = `${encodeURIComponent(username)}:${encodeURIComponent(token)}`;
  return url.replace("://", () => `://${userInfo}@`);
}

export function badArgument(helper: string, name: string, given: unknown, wanted: string): DeployTokenError {
  const text = given === undefined ? "missing" : JSON.stringify(given);
  return new DeployTokenError("invalid_argument", `${helper}: ${name} is ${text}; wanted: ${wanted}`);
}
