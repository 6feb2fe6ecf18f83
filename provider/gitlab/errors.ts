import { printableMessage, redact } from "./redact.js";

/**
 * The codes of all errors of this package. The page on troubleshooting describes the remedy for each.
 *
 * @see https://github.com/pulumi-gitlab-deploy-tokens/pulumi-gitlab-deploy-tokens/blob/main/docs/troubleshooting.md
 * @see https://docs.gitlab.com/api/rest/troubleshooting/
 */
export const deployTokenErrorCodes = [
  /** An invalid argument or setting. */
  "invalid_argument",
  /** No access token is configured, or one of a kind that cannot manage deploy tokens (a CI job token, a deploy token). */
  "no_access_token",
  /** 400: GitLab refused the values. */
  "rejected",
  /** 401. */
  "unauthorized",
  /** 403. */
  "forbidden",
  /** 403: the access token's own scopes are too small. */
  "insufficient_scope",
  /** 403: a fine-grained access token lacks a permission, or GitLab accepts only fine-grained ones. */
  "insufficient_granular_scope",
  /** 404 of one deploy token in an existing project or group. */
  "deploy_token_not_found",
  /** 404 of the project or group: it does not exist, or the user may not see it. */
  "owner_not_found",
  /** 404 of the route: an old GitLab, or another server. */
  "route_not_found",
  /** The old path of a project. */
  "moved",
  /** Any other redirect. Redirects are not followed. */
  "redirected",
  /** 409, or a list that changed during each attempt to read it. */
  "conflict",
  /** 429, after all retries. */
  "rate_limited",
  /** 5xx. */
  "unavailable",
  /** No connection. */
  "unreachable",
  /** The connection broke. */
  "disconnected",
  /** No response in time, after all retries. */
  "timeout",
  /** The response is not GitLab's JSON: a page of a proxy, a truncated body, another shape. */
  "invalid_response",
  /** The token belongs to a GitLab other than the configured one. */
  "other_gitlab",
  /** The existing token differs from the program or the state. */
  "different",
  /** A person must decide which token to delete. */
  "undecided",
  /** There is no proof that the token was deleted. */
  "out_of_sight",
  /** The run was interrupted with the second Ctrl-C. */
  "interrupted",
  /** Any other error, which is a bug. */
  "unexpected",
] as const;

/** One of the codes. Later versions can add codes, so give a `switch` a `default`. */
export type DeployTokenErrorCode = (typeof deployTokenErrorCodes)[number];

/** The failed request. All fields are absent if no request was sent. */
export interface DeployTokenErrorDetails {
  /** `GET`, `POST` or `DELETE`. */
  readonly method?: string;
  /** Path below `/api/v4`. */
  readonly path?: string;
  /** The HTTP status of the response, if there was one. */
  readonly status?: number;
  /** Whether GitLab may have carried out the request although there was no usable response. */
  readonly mayHaveActed?: boolean;
  /** The numeric id in the redirect of a moved project. */
  readonly movedTo?: string;
}

/**
 * The only error class of this package. The message says what failed, why, and what to do. The constructor removes
 * credentials from it. It has no error of the HTTP library as its cause, because such an error contains credentials.
 *
 * @example
 * ```ts
 * try {
 *   await getProjectDeployTokens({ project: "acme/app" });
 * } catch (error) {
 *   if (DeployTokenError.isInstance(error) && error.code === "forbidden") console.error(error.message);
 *   else throw error;
 * }
 * ```
 * @see https://docs.gitlab.com/api/rest/troubleshooting/
 */
export class DeployTokenError extends Error {
  /** The same in every copy of this package. */
  override readonly name = "DeployTokenError";
  /** The kind of failure. */
  readonly code: DeployTokenErrorCode;
  /** `GET`, `POST` or `DELETE`; undefined if no request was sent. */
  readonly method: string | undefined;
  /** Path below `/api/v4`. */
  readonly path: string | undefined;
  /** The HTTP status of the response, if there was one. */
  readonly status: number | undefined;
  /** Whether GitLab may have carried out the request although there was no usable response. */
  readonly mayHaveActed: boolean;
  /** The numeric id in the redirect of a moved project. */
  readonly movedTo: string | undefined;

  /** For this package itself, and for the mocks of a test. */
  constructor(code: DeployTokenErrorCode, message: string, details: DeployTokenErrorDetails = {}) {
    super(printableMessage(message));
    this.code = code;
    this.method = details.method;
    this.path = details.path === undefined ? undefined : redact(details.path);
    this.status = details.status;
    this.mayHaveActed = details.mayHaveActed ?? false;
    this.movedTo = details.movedTo;
  }

  /** Whether a value is a `DeployTokenError`, also one of another copy of this package. */
  static isInstance(value: unknown): value is DeployTokenError {
    return value instanceof Error && value.name === "DeployTokenError" && "code" in value;
  }
}

export function hasCode(error: unknown, ...codes: DeployTokenErrorCode[]): error is DeployTokenError {
  return DeployTokenError.isInstance(error) && codes.includes(error.code);
}
