import { redact } from "./redact.js";

/**
 * Every way in which this package fails; docs/troubleshooting.md says what to do about each.
 *
 * @see https://docs.gitlab.com/api/rest/troubleshooting/
 */
export const deployTokenErrorCodes = [
  /** An argument or a setting that cannot be right, whatever GitLab says. */
  "invalid_argument",
  /** No access token is configured, or one that cannot do this (a CI job token, a deploy token). */
  "no_access_token",
  /** 400: GitLab refused the values. */
  "rejected",
  /** 401. */
  "unauthorized",
  /** 403. */
  "forbidden",
  /** 403: the access token's own scopes are too small. */
  "insufficient_scope",
  /** 404 of one deploy token, under an owner that is there. */
  "deploy_token_not_found",
  /** 404 of the project or group: not there, or out of sight. */
  "owner_not_found",
  /** 404 of the route: an old GitLab, or no GitLab at all. */
  "route_not_found",
  /** A project's old path. */
  "moved",
  /** Any other redirect; none is followed. */
  "redirected",
  /** 409; or a list that lost entries each time that it was read. */
  "conflict",
  /** 429, after all retries. */
  "rate_limited",
  /** 5xx. */
  "unavailable",
  /** No connection. */
  "unreachable",
  /** The connection broke. */
  "disconnected",
  /** No answer in time, after all retries. */
  "timeout",
  /** Not GitLab's JSON: a proxy's page, a cut-off body, another shape. */
  "invalid_response",
  /** The token was made on another GitLab than the configured one. */
  "other_gitlab",
  /** What exists is not what the program says. */
  "different",
  /** A person must decide which token is surplus. */
  "undecided",
  /** Nothing proves that the token is gone. */
  "out_of_sight",
  /** The run was interrupted for good. */
  "interrupted",
  /** Anything else; a bug if it comes up. */
  "unexpected",
] as const;

/** One of the codes: have a `default` where you `switch`, because more may come. */
export type DeployTokenErrorCode = (typeof deployTokenErrorCodes)[number];

/** The request that failed; left out where none was sent. */
export interface DeployTokenErrorDetails {
  /** `GET`, `POST` or `DELETE`. */
  readonly method?: string;
  /** Path below `/api/v4`. */
  readonly path?: string;
  /** HTTP's, where an answer came. */
  readonly status?: number;
  /** Whether GitLab may have acted on the request although no usable answer came. */
  readonly mayHaveActed?: boolean;
  /** The numeric id that a moved project's redirect names. */
  readonly movedTo?: string;
}

/**
 * The one error of this package. Its message says what failed, why, and what to do; credentials are taken
 * out of it when it is made, and no HTTP library's error, which would hold them, is kept as its cause.
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
  /** Always this, also in another copy of this package. */
  override readonly name = "DeployTokenError";
  /** What kind of failure it is. */
  readonly code: DeployTokenErrorCode;
  /** `GET`, `POST` or `DELETE`; undefined where no request was sent. */
  readonly method: string | undefined;
  /** Path below `/api/v4`. */
  readonly path: string | undefined;
  /** HTTP's, where an answer came. */
  readonly status: number | undefined;
  /** Whether GitLab may have acted on the request although no usable answer came. */
  readonly mayHaveActed: boolean;
  /** The numeric id that a moved project's redirect names. */
  readonly movedTo: string | undefined;

  /** For this package's own use; to throw one in a test's mocks is fine. */
  constructor(code: DeployTokenErrorCode, message: string, details: DeployTokenErrorDetails = {}) {
    super(redact(message));
    this.code = code;
    this.method = details.method;
    this.path = details.path === undefined ? undefined : redact(details.path);
    this.status = details.status;
    this.mayHaveActed = details.mayHaveActed ?? false;
    this.movedTo = details.movedTo;
  }

  /** Also true for an error of another copy of this package. */
  static isInstance(value: unknown): value is DeployTokenError {
    return value instanceof Error && value.name === "DeployTokenError" && "code" in value;
  }
}

export function hasCode(error: unknown, ...codes: DeployTokenErrorCode[]): error is DeployTokenError {
  return DeployTokenError.isInstance(error) && codes.includes(error.code);
}
