import * as pulumi from "@pulumi/pulumi";
import { configuredBaseUrl } from "../config.js";
import { normalizeBaseUrl } from "../gitlab/connection.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { clearly } from "../run-error.js";

/** A deploy token's user name and value, and what is known of where it works. */
export interface DeployTokenCredentials {
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
export function credentialsOf(source: DeployTokenSource): DeployTokenCredentials {
  return "current" in source ? source.current : source;
}

export interface Credentials {
  readonly username: string;
  readonly token: string;
}

/**
 * A secret text made of a token's user name and value and of more that is known or not yet. Unknown in a preview as
 * long as one of them is; what of them is known already is checked then.
 */
export function secretText<T>(
  helper: string,
  { username, token }: DeployTokenCredentials,
  more: pulumi.Output<T>,
  write: (credentials: Credentials, more: T) => string,
): pulumi.Output<string> {
  const credentials = pulumi.output({ username, token }).apply((given) => checked(helper, given));
  const text = pulumi
    .all([credentials, more])
    .apply(([known, rest]) => clearly(() => write(known, rest as T)));
  return pulumi.secret(text);
}

function checked(helper: string, given: Partial<Credentials>): Promise<Credentials> {
  return clearly(() => {
    const { username, token } = given;
    if (typeof username === "string" && username !== "" && typeof token === "string" && token !== "") {
      return { username, token };
    }
    const name = typeof username === "string" && username !== "" ? "token" : "username";
    const known = name === "token" ? ` ("${username}")` : "";
    throw new DeployTokenError(
      "invalid_argument",
      `${helper}: the deploy token${known} has no ${name}; wanted: one that this or another stack made. ` +
        "GitLab does not give the value of a token that was only read or looked up, or adopted without it: adopt it with its value, or make a new one.",
    );
  });
}

/** The GitLab that the token is of, in one spelling. */
export function baseUrlOf(helper: string, { baseUrl }: DeployTokenCredentials): pulumi.Output<string> {
  return pulumi.output(baseUrl).apply((given) =>
    clearly(() => {
      if (given !== undefined) return normalizeBaseUrl(given, `${helper}: baseUrl`);
      const config = pulumi.runtime.allConfig();
      return configuredBaseUrl((key) => config[key], process.env);
    }),
  );
}

/** User name and value as the part of a URL before the host. */
export function userInfo({ username, token }: Credentials): string {
  return `${encodeURIComponent(username)}:${encodeURIComponent(token)}`;
}

export function withCredentials(url: string, credentials: Credentials): string {
  return url.replace("://", () => `://${userInfo(credentials)}@`);
}

export function badArgument(helper: string, name: string, given: unknown, wanted: string): DeployTokenError {
  const text = given === undefined ? "missing" : JSON.stringify(given);
  return new DeployTokenError("invalid_argument", `${helper}: ${name} is ${text}; wanted: ${wanted}`);
}
