import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type DeployToken, type Emulator, type Seed, start } from "../../../provider/testing/index.js";
import type { Certificates } from "../../engine/servers.js";

/** How a client sends the token. GitLab decides which ways a route accepts. */
type Way = "basic" | "bearer" | "deploy-token" | "parameter";

export interface Answer {
  readonly body: string | Buffer;
  readonly type?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An endpoint of GitLab that the emulator does not have. */
export interface Route {
  readonly method?: string;
  readonly path: RegExp;
  /** Without scopes, the endpoint is public. */
  readonly ways?: readonly Way[];
  readonly scopes?: readonly string[];
  readonly answer: (match: RegExpExecArray, standIn: StandIn) => Answer;
}

/**
 * GitLab's package registries for the real clients: the emulator, with the endpoints that it lacks in front of it.
 * They need a deploy token that works, has a suitable scope and is sent in a way that GitLab accepts. Any other
 * request is a 401.
 */
export class StandIn {
  private constructor(
    readonly gitlab: Emulator,
    /** GitLab's address. */
    readonly url: string,
    /** The same with TLS, for clients that require it. */
    readonly tlsUrl: string,
    private readonly servers: readonly Server[],
  ) {}

  static async start(seed: Seed, routes: readonly Route[], certificates: Certificates): Promise<StandIn> {
    let standIn: StandIn | undefined;
    const serve = (incoming: IncomingMessage, outgoing: ServerResponse) => {
      if (standIn !== undefined) standIn.serve(routes, incoming, outgoing);
    };
    const key = readFileSync(certificates.serverKey);
    const cert = readFileSync(certificates.serverCert);
    const servers = [createServer(serve), createTlsServer({ key, cert }, serve) as unknown as Server];
    // As a proxy, it serves only plain HTTP.
    servers[0]?.on("connect", (_, socket) => socket.destroy());
    const [plain, tls] = await Promise.all(servers.map(listen));
    const url = `http://127.0.0.1:${plain}`;
    const gitlab = await start({ seed, externalUrl: url });
    standIn = new StandIn(gitlab, url, `https://127.0.0.1:${tls}`, servers);
    return standIn;
  }

  /** The emulator at its own address is the host of the container registry. */
  get registry(): string {
    return new URL(this.gitlab.url).host;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  async close(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await this.gitlab.close();
  }

  private serve(routes: readonly Route[], incoming: IncomingMessage, outgoing: ServerResponse): void {
    // A request to a proxy contains the whole address.
    const path = (incoming.url ?? "").replace(/^http:\/\/[^/]+/, "");
    for (const route of routes) {
      const match = route.path.exec(path);
      if (match === null || (route.method ?? "GET") !== incoming.method) continue;
      incoming.resume();
      incoming.on("end", () => send(outgoing, this.answer(route, match, incoming)));
      return;
    }
    this.forward(path, incoming, outgoing);
  }

  private answer(route: Route, match: RegExpExecArray, { headers }: IncomingMessage): Answer {
    if (route.ways === undefined) return route.answer(match, this);
    const token = route.ways.map((way) => this.bearer(valueSent(way, headers, match[0]))).find(Boolean);
    if (token === undefined) {
      const challenge = 'Basic realm="GitLab Packages Registry"';
      const json = { body: '{"message":"401 Unauthorized"}', type: "application/json" };
      return { ...json, status: 401, headers: { "www-authenticate": challenge } };
    }
    const wanted = route.scopes ?? ["read_package_registry", "write_package_registry"];
    if (wanted.some((scope) => token.scopes.includes(scope))) return route.answer(match, this);
    return { body: '{"message":"403 Forbidden"}', type: "application/json", status: 403 };
  }

  private bearer(value: string | undefined): DeployToken | undefined {
    return this.gitlab.deployTokens().find(({ token, revoked }) => token === value && !revoked);
  }

  private forward(path: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, headers } = incoming;
    const { hostname, port } = new URL(this.gitlab.url);
    // The registry of the whole instance, where one group has packages.
    const asked = path.replace(/^\/api\/v4\/packages\/npm\//, "/api/v4/groups/1/-/packages/npm/");
    const sent = request({ hostname, port, path: asked, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    sent.on("error", () => outgoing.destroy());
    incoming.pipe(sent);
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function send(outgoing: ServerResponse, { body, type = "text/plain", status = 200, headers }: Answer): void {
  outgoing.writeHead(status, { "content-type": type, ...headers });
  outgoing.end(body);
}

function valueSent(way: Way, headers: IncomingMessage["headers"], path: string): string | undefined {
  if (way === "deploy-token") return headers["deploy-token"] as string | undefined;
  if (way === "parameter") return new URL(path, "http://x").searchParams.get("token") ?? undefined;
  const [, scheme = "", value = ""] = /^(\S+) (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (scheme.toLowerCase() !== way) return undefined;
  return way === "bearer" ? value : Buffer.from(value, "base64").toString().split(":")[1];
}
