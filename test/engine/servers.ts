import { execFileSync, spawn } from "node:child_process";
import { accessSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";

/** Real servers in front of the emulator of GitLab, from Debian's packages. Each has its own loopback port. */
export interface Server {
  readonly port: number;
  close(): Promise<void>;
}

export function isInstalled(...files: string[]): boolean {
  return files.every((file) => {
    try {
      accessSync(file);
      return true;
    } catch {
      return false;
    }
  });
}

export interface Certificates {
  readonly folder: string;
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

/** An authority, a server certificate for 127.0.0.1 and gitlab.corp.test, and a client certificate. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "certificates-"));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-subj", "/CN=test authority", "-days", "2"];
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", ...authority);
  for (const name of ["server", "client"]) {
    writeFileSync(file(`${name}.ext`), "subjectAltName=IP:127.0.0.1,DNS:gitlab.corp.test\n");
    openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", `${name}.ext`];
    openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, "-days", "2", ...signed);
  }
  return {
    folder,
    ca: file("ca.pem"),
    serverCert: file("server.pem"),
    serverKey: file("server.key"),
    clientCert: file("client.pem"),
    clientKey: file("client.key"),
  };
}

/** nginx with TLS in front of an address. With `clients`, it asks for a client certificate. */
export async function startNginx(to: string, certificates: Certificates, clients: boolean): Promise<Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "nginx-"));
  mkdirSync(join(folder, "temp"));
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${folder}/temp;`,
  );
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
events { worker_connections 64; }
http { access_log off; ${temp.join(" ")}
  server { listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certificates.serverCert}; ssl_certificate_key ${certificates.serverKey};
    ${clients ? `ssl_client_certificate ${certificates.ca}; ssl_verify_client on;` : ""}
    location / { proxy_pass ${to}; proxy_set_header Host $http_host; } } }`,
  );
  return startServer(
    "/usr/sbin/nginx",
    ["-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")],
    port,
    folder,
  );
}

/** squid, which requires a user name and a password. */
export async function startSquid(user: string, password: string): Promise<Server & { log(): string }> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "squid-"));
  const log = join(folder, "log");
  // As root, squid switches to another user.
  chmodSync(folder, 0o777);
  const hash = execFileSync("openssl", ["passwd", "-apr1", password], { encoding: "utf8" }).trim();
  writeFileSync(join(folder, "users"), `${user}:${hash}\n`);
  const lines = [
    `http_port 127.0.0.1:${port}`,
    `pid_filename ${folder}/pid`,
    `cache_log ${folder}/cache.log`,
    `access_log stdio:${log}`,
    `coredump_dir ${folder}`,
    "cache deny all",
    "shutdown_lifetime 0 seconds",
    `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/users`,
    "acl known proxy_auth REQUIRED",
    "http_access allow known",
    "http_access deny all",
  ];
  writeFileSync(join(folder, "conf"), `${lines.join("\n")}\n`);
  const server = await startServer("/usr/sbin/squid", ["-N", "-f", join(folder, "conf")], port, folder);
  return { ...server, log: () => readFileSync(log, "utf8") };
}

/** microsocks, a SOCKS 5 server, optionally with a user name and a password. */
export async function startSocks(user?: string, password?: string): Promise<Server> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "socks-"));
  const known = user === undefined ? [] : ["-u", user, "-P", password ?? ""];
  return startServer("/usr/bin/microsocks", ["-i", "127.0.0.1", "-p", String(port), ...known], port, folder);
}

/** TLS in front of a loopback port, like an https proxy. */
export async function startTlsTunnel(to: number, { serverCert, serverKey }: Certificates): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createTlsServer(
    { cert: readFileSync(serverCert), key: readFileSync(serverKey) },
    (client) => {
      const target = connect(to, "127.0.0.1");
      for (const socket of [client, target]) {
        sockets.add(socket);
        socket.on("error", () => undefined);
      }
      client.pipe(target).pipe(client);
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** tinyproxy, whose log names the targets of its connections. */
export async function startProxy(): Promise<Server & { log(): string }> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "proxy-"));
  const log = join(folder, "log");
  const lines = [
    `Port ${port}`,
    "Listen 127.0.0.1",
    "Timeout 60",
    `LogFile "${log}"`,
    "LogLevel Info",
    "Allow 127.0.0.1",
  ];
  writeFileSync(join(folder, "conf"), `${lines.join("\n")}\n`);
  const server = await startServer("/usr/bin/tinyproxy", ["-d", "-c", join(folder, "conf")], port, folder);
  return { ...server, log: () => readFileSync(log, "utf8") };
}

async function startServer(file: string, args: string[], port: number, folder: string): Promise<Server> {
  const child = spawn(file, args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await listening(port, ended);
  return {
    port,
    close: async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(port: number, ended: Promise<void>): Promise<void> {
  let dead = false;
  void ended.then(() => {
    dead = true;
  });
  for (;;) {
    if (dead) throw new Error(`the server for port ${port} did not start`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
      socket.unref();
      socket.once("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
