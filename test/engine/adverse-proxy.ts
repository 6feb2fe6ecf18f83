import { createServer, type IncomingMessage, request as send } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/** The behavior of the proxy towards a connection. */
export type ProxyFault =
  | "closes the connection"
  | "resets the connection"
  | "answers half"
  | "answers 101"
  | "answers 403"
  | "answers 407"
  | "answers 502"
  | "answers in another protocol"
  | "answers, then closes the connection"
  | "stays silent";

export const proxyFaults: readonly ProxyFault[] = [
  "closes the connection",
  "resets the connection",
  "answers half",
  "answers 101",
  "answers 403",
  "answers 407",
  "answers 502",
  "answers in another protocol",
  "answers, then closes the connection",
  "stays silent",
];

export interface AdverseProxy {
  readonly port: number;
  readonly url: string;
  /** The targets of CONNECT, and the addresses of plain requests. */
  readonly asked: string[];
  /** The user names and passwords that it received. */
  readonly credentials: string[];
  /** Sets the fault of the next `times` connections, or of those to `host`. Without a fault, the proxy works. */
  fail(fault: ProxyFault, times?: number, host?: string): void;
  /** The number of open client sockets. */
  openSockets(): number;
  reset(): void;
  close(): Promise<void>;
}

/** An http proxy that works, or fails on request. */
export async function startAdverseProxy(): Promise<AdverseProxy> {
  const asked: string[] = [];
  const credentials: string[] = [];
  const sockets = new Set<Duplex>();
  const rules = new Map<string, { readonly fault: ProxyFault; left: number }>();
  const next = (target: string, message: IncomingMessage): ProxyFault | undefined => {
    asked.push(target);
    const [, basic] = /^Basic (.+)$/.exec(message.headers["proxy-authorization"] ?? "") ?? [];
    if (basic !== undefined) credentials.push(Buffer.from(basic, "base64").toString());
    const rule = rules.get(target.split(":")[0] ?? "") ?? rules.get("");
    if (rule === undefined || rule.left === 0) return undefined;
    rule.left--;
    return rule.fault;
  };
  const server = createServer((message, response) => {
    const current = next(String(message.url), message);
    if (current !== undefined) return apply(current, response.socket as Socket);
    const { method, headers } = message;
    const forward = send(String(message.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forward.on("error", () => response.writeHead(502).end());
    message.pipe(forward);
  });
  server.on("connect", (message, client) => {
    client.on("error", () => undefined);
    const current = next(String(message.url), message);
    if (current !== undefined) return apply(current, client as Socket);
    const { hostname, port } = new URL(`http://${message.url}`);
    // Only the proxy knows the names of its network.
    const host = hostname.endsWith(".test") ? "127.0.0.1" : hostname.replace(/^\[|\]$/g, "");
    const target = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    target.on("error", () => client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    client.on("close", () => target.destroy());
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    asked,
    credentials,
    fail: (fault, times = Number.POSITIVE_INFINITY, host = "") =>
      void rules.set(host, { fault, left: times }),
    openSockets: () => sockets.size,
    reset: () => {
      rules.clear();
      asked.length = 0;
      credentials.length = 0;
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function apply(fault: ProxyFault, socket: Socket): void {
  const page = "<html>proxy</html>";
  const answer = (line: string, more = "") =>
    `HTTP/1.1 ${line}\r\n${more}Content-Length: ${page.length}\r\n\r\n${page}`;
  switch (fault) {
    case "closes the connection":
      return void socket.end();
    case "resets the connection":
      return void socket.resetAndDestroy();
    case "answers half":
      return void socket.end("HTTP/1.1 200 Connection est");
    case "answers 101":
      return void socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
      );
    case "answers 403":
      return void socket.write(answer("403 Forbidden"));
    case "answers 407":
      return void socket.write(
        answer("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="corp"\r\n'),
      );
    case "answers 502":
      return void socket.write(answer("502 Bad Gateway"));
    case "answers in another protocol":
      return void socket.end(Buffer.from([0x05, 0xff, 0x0d, 0x0a, 0x0d, 0x0a]));
    case "answers, then closes the connection":
      return void socket.end("HTTP/1.1 200 Connection established\r\n\r\n");
    case "stays silent":
      return;
  }
}
