import { AxiosError } from "axios";
import type { Connection } from "./connection.js";
import { explainFault } from "./connection-faults.js";
import { type ErrorBody, parseErrorBody } from "./error-body.js";
import { DeployTokenError, type DeployTokenErrorCode, type DeployTokenErrorDetails } from "./errors.js";
import { hintFor, pageHint, proxyHint, redirectHint } from "./hints.js";
import { headerOf } from "./http.js";
import { describeProxy, type ProxyError } from "./proxy.js";
import { hasOpenAttempt, proxyErrorOf, unexpectedUpgrade, wasNeverSent } from "./retry-policy.js";

export interface RequestName {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
}

/** Converts every error of axios to a `DeployTokenError`. It keeps no part of the original, which contains headers. */
export function requestFailure(
  error: unknown,
  request: RequestName,
  connection: Connection,
): DeployTokenError {
  if (DeployTokenError.isInstance(error)) return error;
  if (!(error instanceof AxiosError)) {
    const reason = error instanceof Error ? error.message : "unknown reason";
    return failure("unexpected", request, connection, reason, { mayHaveActed: true });
  }
  if (error.response !== undefined)
    return refusal(error.response, request, connection, hasOpenAttempt(error.config));
  const proxyError = proxyErrorOf(error);
  if (proxyError !== undefined) return proxyFailure(proxyError, request, connection);
  return networkFailure(error, request, connection);
}

/** A response with a successful status that does not come from GitLab's API. */
export function invalidResponse(
  request: RequestName,
  connection: Connection,
  status: number,
  reason: string,
): DeployTokenError {
  return failure("invalid_response", request, connection, `${status}, but ${reason}`, {
    status,
    mayHaveActed: true,
  });
}

/** The operation reached its time limit, or the run was interrupted, before the request was sent. */
export function neverSent(request: RequestName, connection: Connection): DeployTokenError {
  return failure(
    "timeout",
    request,
    connection,
    "it was not sent: the operation reached its time limit first, or the run was interrupted",
    {},
  );
}

function proxyFailure(error: ProxyError, request: RequestName, connection: Connection): DeployTokenError {
  const advice = proxyHint(error.proxy, error.status, connection);
  return failure("unreachable", request, connection, `no connection: ${error.message}`, {}, advice);
}

function networkFailure(error: AxiosError, request: RequestName, connection: Connection): DeployTokenError {
  const { code } = error;
  if (wasNeverSent(error) && code !== "ERR_CANCELED") {
    const { cause, advice } = explainFault(code ?? "", error.message, connection);
    const reason = `no connection (${code ?? "no reason given"})${cause === undefined ? "" : `: ${cause}`}`;
    return failure("unreachable", request, connection, reason, {}, advice);
  }
  if (code === "ETIMEDOUT" || code === "ECONNABORTED") {
    return failure("timeout", request, connection, "no response in time", { mayHaveActed: true });
  }
  if (code === unexpectedUpgrade) {
    return invalidResponse(request, connection, 101, "the response is not for this request");
  }
  if (code === "ERR_CANCELED") {
    return failure("timeout", request, connection, "the operation reached its time limit", {
      mayHaveActed: !wasNeverSent(error),
    });
  }
  const reason = `the connection broke (${code ?? "no reason given"})`;
  return failure("disconnected", request, connection, reason, { mayHaveActed: true });
}

function refusal(
  response: NonNullable<AxiosError["response"]>,
  request: RequestName,
  connection: Connection,
  mayHaveActedBefore: boolean,
): DeployTokenError {
  const { status } = response;
  if (status === 407 && connection.proxy !== undefined) {
    const reason = `the proxy ${describeProxy(connection.proxy)} refused the request: 407`;
    return failure(
      "unreachable",
      request,
      connection,
      reason,
      { status },
      proxyHint(connection.proxy, status, connection),
    );
  }
  const parsed = parseErrorBody(response.data);
  const location = headerOf(response.headers, "location");
  const code = codeOf(status, parsed, request, location, connection);
  const details: DeployTokenErrorDetails = {
    status,
    mayHaveActed: mayHaveActedBefore || mayHaveActed(status, parsed),
  };
  if (code === "moved") {
    const movedTo = movedProject(location, connection);
    return failure(
      code,
      request,
      connection,
      statusLine(status, parsed),
      movedTo ? { ...details, movedTo } : details,
    );
  }
  if (code === "redirected") {
    const reason = `${status}, a redirect to ${originOf(location)}`;
    return failure(code, request, connection, reason, details, redirectHint(location, connection));
  }
  const advice = parsed.shape === "text" ? pageHint(String(response.data), connection) : undefined;
  return failure(code, request, connection, statusLine(status, parsed), details, advice);
}

/** A refusal by GitLab itself means that it did not act. A refusal by a proxy proves nothing. */
function mayHaveActed(status: number, { shape }: ErrorBody): boolean {
  if (status >= 500 || status === 408) return true;
  return status !== 429 && shape === "text";
}

function codeOf(
  status: number,
  { gitlabMessage, shape, oauthCode }: ErrorBody,
  { method, path }: RequestName,
  location: string | undefined,
  connection: Connection,
): DeployTokenErrorCode {
  if (status >= 500) return "unavailable";
  if (status >= 300 && status < 400) {
    return method === "GET" && status === 301 && movedProject(location, connection) ? "moved" : "redirected";
  }
  // A page of a proxy or gateway does not count as GitLab's response.
  if (shape === "text" && status !== 408 && status !== 429) return "invalid_response";
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      if (oauthCode === "insufficient_scope" || oauthCode === "insufficient_granular_scope") return oauthCode;
      return "forbidden";
    case 404:
      if (shape === "error") return "route_not_found";
      if (gitlabMessage === "404 Not found") return "deploy_token_not_found";
      return path === "/deploy_tokens" ? "route_not_found" : "owner_not_found";
    case 405:
      return gitlabMessage?.includes("moved projects") ? "moved" : "route_not_found";
    case 409:
      return "conflict";
    case 429:
      return "rate_limited";
    case 408:
      return "timeout";
    default:
      return "rejected";
  }
}

/** The numeric id in a moved project's redirect, if it stays on this GitLab. */
function movedProject(location: string | undefined, { baseUrl }: Connection): string | undefined {
  if (location === undefined || !URL.canParse(location, baseUrl)) return undefined;
  const url = new URL(location, baseUrl);
  const api = new URL(`${baseUrl}/api/v4/projects/`);
  if (url.origin !== api.origin || !url.pathname.startsWith(api.pathname)) return undefined;
  return /^(\d+)(\/|$)/.exec(url.pathname.slice(api.pathname.length))?.[1];
}

function originOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).origin : "another page";
}

function statusLine(status: number, { gitlabMessage }: ErrorBody): string {
  if (gitlabMessage === undefined) return `${status} (no message from GitLab)`;
  return gitlabMessage.startsWith(String(status)) ? gitlabMessage : `${status} ${gitlabMessage}`;
}

/** The scopes in the body of a failed create. */
function scopesOf(request: RequestName): { readonly scopes?: readonly string[] } {
  const { body } = request as { readonly body?: { readonly scopes?: unknown } };
  return Array.isArray(body?.scopes) ? { scopes: body.scopes.map(String) } : {};
}

function failure(
  code: DeployTokenErrorCode,
  request: RequestName,
  connection: Connection,
  reason: string,
  details: DeployTokenErrorDetails,
  advice = hintFor(code, { ...request, ...scopesOf(request), gitlabMessage: reason, connection }),
): DeployTokenError {
  const message = `${request.method} ${request.path} failed: ${reason.replace(/\.$/, "")}.`;
  return new DeployTokenError(code, advice === undefined ? message : `${message} ${advice}`, {
    method: request.method,
    path: request.path,
    ...details,
  });
}
