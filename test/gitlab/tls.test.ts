import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { createServer as createPlainServer } from "node:http";
import { createServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Connection } from "../../provider/gitlab/connection.js";
import { explainFault } from "../../provider/gitlab/connection-faults.js";
import { DeployTokenError } from "../../provider/gitlab/errors.js";
import { type Certificates, makeCertificates } from "../engine/servers.js";
import { clientOf } from "../support/client.js";

let certificates: Certificates;
let ca: string;
const servers: Server[] = [];
beforeAll(() => {
  certificates = makeCertificates();
  ca = readFileSync(certificates.ca, "utf8");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
afterAll(() => rmSync(certificates.folder, { recursive: true }));

const listen = async (server: Server) => {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
};
const tls = (options: ServerOptions) =>
  listen(
    createServer(
      { cert: readFileSync(certificates.serverCert), key: readFileSync(certificates.serverKey), ...options },
      (_request, response) => response.writeHead(201, { connection: "close" }).end("{}"),
    ),
  );

/** The error of a POST and the number of attempts: two retries are allowed. */
async function failing(port: number, more: Partial<Connection> = {}) {
  const waits: string[] = [];
  const client = clientOf(
    { baseUrl: `https://127.0.0.1:${port}`, retries: 2, ca, ...more },
    { onWait: (_milliseconds, reason) => void waits.push(reason) },
  );
  const error = await client
    .request({ method: "POST", path: "/version", body: {} }, AbortSignal.timeout(20_000))
    .catch((thrown: unknown) => thrown);
  expect(DeployTokenError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ code: "unreachable", mayHaveActed: false });
  return { message: (error as Error).message, waits };
}

describe("a TLS fault names its cause and the setting, and is not retried", () => {
  it("https to a port that speaks http (field report 7)", async () => {
    const { message, waits } = await failing(await listen(createPlainServer()));
    expect(message).toMatch(
      /no connection \(\w+\): the server does not use TLS on this port\. Check scheme and port of gitlab:baseUrl \(https:/,
    );
    expect(waits).toEqual([]);
  });

  it("https to a port that speaks something else", async () => {
    const { message } = await failing(
      await listen(
        createTcpServer(
          (socket) =>
            void socket
              .on("error", () => undefined)
              .resume()
              .end("SSH-2.0-OpenSSH\r\n"),
        ),
      ),
    );
    expect(message).toContain("the server does not use TLS on this port");
  });

  it("a server of TLS 1.1 (field report 7)", async () => {
    const { message, waits } = await failing(
      await tls({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    );
    expect(message).toMatch(/have no version of TLS in common\. The server must offer TLS 1\.2 or later/);
    expect(waits).toEqual([]);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "a required client certificate is missing, by %s",
    async (version) => {
      const { message, waits } = await failing(
        await tls({
          requestCert: true,
          rejectUnauthorized: true,
          ca,
          minVersion: version,
          maxVersion: version,
        }),
      );
      expect(message).toMatch(
        /the server refused the TLS handshake\. If the server requires a client certificate, set gitlab:clientCert and/,
      );
      expect(waits).toEqual([]);
    },
  );

  it("another client certificate is required", async () => {
    const args = "req -x509 -newkey rsa:2048 -nodes -keyout o.key -out o.pem -subj /CN=o";
    execFileSync("openssl", args.split(" "), { cwd: certificates.folder, stdio: "ignore" });
    const [clientCert, clientKey] = ["o.pem", "o.key"].map((file) =>
      readFileSync(join(certificates.folder, file), "utf8"),
    ) as [string, string];
    const port = await tls({ requestCert: true, rejectUnauthorized: true, ca, maxVersion: "TLSv1.2" });
    const { message } = await failing(port, { clientCert, clientKey });
    expect(message).toMatch(/\((EPROTO|ECONNRESET|ERR_SSL_\w+)\)/);
  });

  it("a certificate for another name", async () => {
    const port = await tls({});
    const { message, waits } = await failing(port, { baseUrl: `https://localhost:${port}` });
    expect(message).toMatch(/is for another name\. Use a name from the certificate in gitlab:baseUrl/);
    expect(waits).toEqual([]);
  });

  it("an unknown authority, with what NODE_TLS_REJECT_UNAUTHORIZED does not do (field report 11)", async () => {
    const port = await tls({});
    const other = readFileSync(certificates.clientCert, "utf8");
    expect((await failing(port, { ca: other })).message).toMatch(
      /from an unknown authority\. Set gitlab:cacertFile to the certificate of the authority\.$/,
    );
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    expect((await failing(port, { ca: other })).message).toMatch(
      /NODE_TLS_REJECT_UNAUTHORIZED has no effect here; gitlab:insecure accepts any certificate\.$/,
    );
  });

  it("a server that closes the connection in the handshake, which is retried", async () => {
    const { message, waits } = await failing(
      await listen(createTcpServer((socket) => void socket.once("data", () => socket.resetAndDestroy()))),
    );
    expect(message).toContain("the server closed the connection before the TLS handshake ended");
    expect(waits).toHaveLength(2);
  });
});

it.each([
  ["CERT_NOT_YET_VALID", "certificate is not yet valid", "is not valid yet"],
  ["CERT_HAS_EXPIRED", "certificate has expired", "has expired"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate", "from an unknown authority"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number", "does not use TLS"],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "packet length too long", "does not use TLS"],
  ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version", "no version of TLS in common"],
  ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "sslv3 alert bad certificate", "refused the TLS handshake"],
  ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "tlsv1 alert unknown ca", "refused the TLS handshake"],
  ["ENOTFOUND", "getaddrinfo ENOTFOUND gitlab.acme.test", undefined],
])("%s has a cause in words", (code, message, cause) => {
  const connection = { baseUrl: "https://gitlab.acme.test", clientCert: "x" } as Connection;
  const fault = explainFault(code, message, connection);
  if (cause === undefined) expect(fault.cause).toBeUndefined();
  else expect(fault.cause).toContain(cause);
  expect(fault.advice).toMatch(/^[A-Z].*\.$/);
});
