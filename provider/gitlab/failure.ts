import { AxiosError } from "axios";
import { advise } from "./advice.js";
import { parseRefusal, type Refusal } from "./answer.js";
import type { Connection } from "./connection.js";
import { DeployTokenError, type DeployTokenErrorCode, type DeployTokenErrorDetails } from "./errors.js";
import { headerOf } from "./http.js";
import { wasNeverSent } from "./retry-policy.js";

export interface RequestName {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
}

/** The one place where what axios throws becomes ours; nothing of the original, which holds headers, is kept. */
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
  return error.response === undefined
    ? networkFailure(error.code, request, connection)
    : refusal(error.response, request, connection);
}

/** An answer with a good status that is not what the API gives. */
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

/** The operation's time was over, or the run was interrupted, while the request still waited for its turn. */
export function neverSent(request: RequestName, connection: Connection): DeployTokenError {
  return failure(
    "timeout",
    request,
    connection,
    "it was not sent: the operation took too long before, or the run was interrupted",
    {},
  );
}

function networkFailure(
  code: string | undefined,
  request: RequestName,
  connection: Connection,
): DeployTokenError {
  if (wasNeverSent(code)) return failure("unreachable", request, connection, `no connection (${code})`, {});
  if (code === "ETIMEDOUT" || code === "ECONNABORTED") {
    return failure("timeout", request, connection, "no answer in time", { mayHaveActed: true });
  }
  if (code === "ERR_CANCELED") {
    return failure("timeout", request, connection, "the operation took too long in all", {
      mayHaveActed: true,
    });
  }
  const reason = `the connection broke (${code ?? "no reason given"})`;
  return failure("disconnected", request, connection, reason, { mayHaveActed: true });
}

function refusal(
  response: NonNullable<AxiosError["response"]>,
  request: RequestName,
  connection: Connection,
): DeployTokenError {
  const { status } = response;
  const parsed = parseRefusal(response.data);
  const location = headerOf(response.headers, "location");
  const code = codeOf(status, parsed, request, location, connection);
  const details: DeployTokenErrorDetails = { status, mayHaveActed: mayHaveActed(status, parsed) };
  if (code === "moved") {
    const movedTo = movedProject(location, connection);
    return failure(
      code,
      request,
      connection,
      says(status, parsed),
      movedTo ? { ...details, movedTo } : details,
    );
  }
  const to = code === "redirected" ? `${status}, a redirect to ${originOf(location)}` : says(status, parsed);
  return failure(code, request, connection, to, details);
}

/** GitLab's own refusal says that it did not act; what something on the way says instead proves nothing. */
function mayHaveActed(status: number, { shape }: Refusal): boolean {
  if (status >= 500 || status === 408) return true;
  return status >= 400 && status !== 429 && shape === "text";
}

function codeOf(
  status: number,
  { words, shape, oauthCode }: Refusal,
  { method, path }: RequestName,
  location: string | undefined,
  connection: Connection,
): DeployTokenErrorCode {
  if (status >= 500) return "unavailable";
  if (status >= 300 && status < 400) {
    return method === "GET" && status === 301 && movedProject(location, connection) ? "moved" : "redirected";
  }
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return oauthCode === "insufficient_scope" ? "insufficient_scope" : "forbidden";
    case 404:
      if (shape === "text") return "invalid_response";
      if (shape === "error") return "route_not_found";
      if (words === "404 Not found") return "deploy_token_not_found";
      return path === "/deploy_tokens" ? "route_not_found" : "owner_not_found";
    case 405:
      return words?.includes("moved projects") ? "moved" : "route_not_found";
    case 409:
      return "conflict";
    case 429:
      return "rate_limited";
    case 408:
      return "timeout";
    default:
      return shape === "text" ? "invalid_response" : "rejected";
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

function says(status: number, { words }: Refusal): string {
  if (words === undefined) return `${status} (no answer of GitLab's)`;
  return words.startsWith(String(status)) ? words : `${status} ${words}`;
}

function failure(
  code: DeployTokenErrorCode,
  request: RequestName,
  connection: Connection,
  reason: string,
  details: DeployTokenErrorDetails,
): DeployTokenError {
  const advice = advise(code, { ...request, words: reason, connection });
  const message = `${request.method} ${request.path} failed: ${reason.replace(/\.$/, "")}.`;
  return new DeployTokenError(code, advice === undefined ? message : `${message} ${advice}`, {
    method: request.method,
    path: request.path,
    ...details,
  });
}
