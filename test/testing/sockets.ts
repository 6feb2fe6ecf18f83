import { createConnection } from "node:net";

/** Sends unchanged bytes, which no HTTP client does, and reads the response to its end. */
export async function sendRaw(
  url: string,
  request: string | Buffer,
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", () => resolve());
  });
  socket.end(request);
  await closed;
  const text = Buffer.concat(chunks).toString("utf8");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text };
}

/** Sends several requests over one connection and returns their statuses in order. */
export async function sendAll(url: string, requests: readonly string[]): Promise<number[]> {
  const last = requestLine("GET", "/", ["connection: close"]);
  const { text } = await sendRaw(url, [...requests, last].join(""));
  return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)]
    .slice(0, requests.length)
    .map(([, status]) => Number(status));
}

export function requestLine(method: string, target: string, headers: readonly string[], body = ""): string {
  const all = ["host: gitlab.test", ...headers];
  if (body !== "") all.push("content-type: application/json", `content-length: ${Buffer.byteLength(body)}`);
  return `${method} ${target} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n${body}`;
}
