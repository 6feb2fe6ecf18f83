import { createConnection } from "node:net";

/** Sends bytes as they are, which no HTTP client does, and reads the answer to its end. */
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

/** Sends several requests over one connection; the statuses come in their order. */
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
