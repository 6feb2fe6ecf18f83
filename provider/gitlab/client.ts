import type { AxiosInstance } from "axios";
import type { Connection } from "./connection.js";
import { parseJson } from "./error-body.js";
import { type DeployTokenError, hasCode } from "./errors.js";
import { invalidResponse, neverSent, type RequestName, requestFailure } from "./failure.js";
import { type HttpOptions, headerOf, httpClient, sendOnlyWhile, wasInFlight } from "./http.js";
import { findProxy, proxyPassword } from "./proxy.js";
import { registerHeader, registerSecret } from "./redact.js";

export interface GitLabRequest extends RequestName {
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Called just before each attempt, also after a wait: `false` prevents it. @default always true */
  readonly isCurrent?: () => boolean;
}

export interface GitLabResponse {
  readonly status: number;
  /** The JSON value of the body; undefined for a response without one. */
  readonly body: unknown;
  header(name: string): string | undefined;
  /** The error for a response that is not what the API documents. */
  readonly malformed: (reason: string) => DeployTokenError;
}

export interface GitLabClientOptions extends HttpOptions {
  /** Called once, if only the second access token works. */
  readonly onSecondToken?: (source: string) => void;
}

const success = { GET: 200, POST: 201, DELETE: 204 } as const;

/**
 * Sends requests to one GitLab. Every failure is a `DeployTokenError`.
 *
 * @see https://docs.gitlab.com/api/rest/
 */
export class GitLabClient {
  readonly connection: Connection;
  private readonly http: AxiosInstance;
  private useSecondToken = false;
  private secondTokenWorked = false;

  constructor(
    connection: Connection,
    private readonly options: GitLabClientOptions,
  ) {
    const proxy = findProxy(new URL(connection.baseUrl), process.env);
    this.connection = proxy === undefined ? connection : { ...connection, proxy };
    if (proxy !== undefined) registerSecret(proxyPassword(proxy));
    registerSecret(connection.token);
    registerSecret(connection.secondToken?.token);
    registerSecret(connection.clientKey);
    for (const [name, value] of Object.entries(connection.headers)) registerHeader(name, value);
    this.http = httpClient(this.connection, options);
  }

  /** Sends one request. `signal` ends it with all its retries and waits. */
  async request(request: GitLabRequest, signal: AbortSignal): Promise<GitLabResponse> {
    const { token, secondToken } = this.connection;
    const attempt = (accessToken: string) =>
      this.attempt(request, signal, accessToken).catch((error: unknown) => {
        throw requestFailure(error, request, this.connection);
      });
    if (secondToken === undefined) return attempt(token);
    if (!this.useSecondToken) {
      try {
        return await attempt(token);
      } catch (error) {
        if (!hasCode(error, "unauthorized")) throw error;
      }
      this.useSecondToken = true;
    }
    const response = await attempt(secondToken.token);
    // Several requests may be refused at the same time: it is reported once.
    if (!this.secondTokenWorked) this.options.onSecondToken?.(secondToken.source);
    this.secondTokenWorked = true;
    return response;
  }

  private async attempt(
    request: GitLabRequest,
    signal: AbortSignal,
    accessToken: string,
  ): Promise<GitLabResponse> {
    const { connection } = this;
    const own = AbortSignal.any([signal]);
    if (request.isCurrent !== undefined) sendOnlyWhile(own, request.isCurrent);
    const sending = this.http.request<unknown>({
      method: request.method,
      url: request.path,
      signal: own,
      ...(request.query ? { params: request.query } : {}),
      ...(request.body ? { data: JSON.stringify(request.body) } : {}),
      headers: {
        ...connection.headers,
        Accept: "application/json",
        // Without it, a read-only GitLab redirects a write:
        // https://docs.gitlab.com/administration/read_only_gitlab/
        "Content-Type": "application/json",
        Authorization: `Bearer ${accessToken}`,
      },
    });
    const response = await sending.catch((error: unknown) => {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ERR_CANCELED" && !wasInFlight(own)) throw neverSent(request, connection);
      throw error;
    });
    const { status } = response;
    if (status !== success[request.method])
      throw invalidResponse(request, connection, status, "the response is not for this request");
    const body = status === 204 ? undefined : parseJson(response.data);
    if (status !== 204 && body === undefined)
      throw invalidResponse(request, connection, status, "the body is not JSON");
    return {
      status,
      body,
      header: (name) => headerOf(response.headers, name),
      malformed: (reason) => invalidResponse(request, connection, status, reason),
    };
  }
}
