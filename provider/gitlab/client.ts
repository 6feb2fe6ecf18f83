import type { AxiosInstance } from "axios";
import { parseJson } from "./answer.js";
import type { Connection } from "./connection.js";
import { invalidResponse, neverSent, type RequestName, requestFailure } from "./failure.js";
import type { Gate } from "./gate.js";
import { defaultTimeouts, headerOf, httpClient, type Timeouts, wasInFlight } from "./http.js";
import { registerSecret } from "./redact.js";

export interface GitLabRequest extends RequestName {
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface GitLabAnswer {
  readonly status: number;
  /** The JSON of the body; undefined for an answer without one. */
  readonly body: unknown;
  header(name: string): string | undefined;
}

export interface GitLabClientOptions {
  readonly gate: Gate;
  readonly timeouts?: Timeouts | undefined;
  /** Asked before each POST is sent: a run that was interrupted sends none. @default yes */
  readonly mayPost?: (() => boolean) | undefined;
  readonly onWait?: (milliseconds: number, reason: string) => void;
  /** Told once, when the second access token turned out to be the one that works. */
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
  private readonly options: GitLabClientOptions;
  private useSecondToken = false;

  constructor(connection: Connection, options: GitLabClientOptions) {
    this.connection = connection;
    this.options = options;
    registerSecret(connection.token);
    registerSecret(connection.secondToken?.token);
    registerSecret(connection.clientKey);
    for (const value of Object.values(connection.headers)) registerSecret(value);
    this.http = httpClient(connection, {
      gate: options.gate,
      timeouts: options.timeouts ?? defaultTimeouts,
      mayPost: options.mayPost,
      ...(options.onWait ? { onWait: options.onWait } : {}),
    });
  }

  /** Sends one request; `signal` ends it, with all its retries and waits. */
  async request(request: GitLabRequest, signal: AbortSignal): Promise<GitLabAnswer> {
    const { secondToken } = this.connection;
    const triedSecond = this.useSecondToken;
    const answer = await this.attempt(request, signal).catch((error: unknown) => {
      const failure = requestFailure(error, request, this.connection);
      if (failure.code !== "unauthorized" || secondToken === undefined || triedSecond) throw failure;
      return undefined;
    });
    if (answer !== undefined || secondToken === undefined) return answer as GitLabAnswer;
    this.useSecondToken = true;
    try {
      const second = await this.attempt(request, signal);
      this.options.onSecondToken?.(secondToken.source);
      return second;
    } catch (error) {
      throw requestFailure(error, request, this.connection);
    }
  }

  private async attempt(request: GitLabRequest, signal: AbortSignal): Promise<GitLabAnswer> {
    const { connection } = this;
    const token = this.useSecondToken ? connection.secondToken?.token : connection.token;
    const own = AbortSignal.any([signal]);
    const sending = this.http.request<unknown>({
      method: request.method,
      url: request.path,
      signal: own,
      ...(request.query ? { params: request.query } : {}),
      ...(request.body ? { data: JSON.stringify(request.body) } : {}),
      headers: {
        ...connection.headers,
        Accept: "application/json",
        // A read-only GitLab answers a write without it by a redirect:
        // https://docs.gitlab.com/administration/read_only_gitlab/
        "Content-Type": "application/json",
        Authorization: `Bearer ${token}`,
      },
    });
    const response = await sending.catch((error: unknown) => {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ERR_CANCELED" && !wasInFlight(own)) throw neverSent(request, connection);
      throw error;
    });
    const { status } = response;
    if (status !== success[request.method])
      throw invalidResponse(request, connection, status, "that is not the answer to it");
    const body = status === 204 ? undefined : parseJson(response.data);
    if (status !== 204 && body === undefined)
      throw invalidResponse(request, connection, status, "the body is not JSON");
    return { status, body, header: (name) => headerOf(response.headers, name) };
  }
}
