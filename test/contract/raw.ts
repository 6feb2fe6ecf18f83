import type { Target } from "./target.js";

export interface RawAnswer {
  readonly status: number;
  /** Parsed JSON if the response is JSON, else text. */
  readonly body: unknown;
  readonly headers: Headers;
}

export interface RawRequest {
  readonly method?: string;
  /** Null sends an anonymous request. */
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
  readonly body?: string;
}

/** Sends a request that no client can express. */
export async function raw(
  { url, token }: Pick<Target, "url" | "token">,
  path: string,
  request: RawRequest = {},
): Promise<RawAnswer> {
  const { method = "GET", token: other, headers = {}, json, body } = request;
  const credential = other === undefined ? token : other;
  const sent = json === undefined ? body : JSON.stringify(json);
  const response = await fetch(`${url}/api/v4${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true && text !== "";
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}
