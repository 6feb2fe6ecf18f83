import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type Certificates,
  isInstalled,
  makeCertificates,
  type Server,
  startNginx,
  startProxy,
  startSocks,
  startSquid,
  startTlsTunnel,
} from "../engine/servers.js";
import { gitlab, useEmulator } from "../support/emulator.js";
import { run, tokens } from "../support/run.js";

const servers = [
  "/usr/sbin/nginx",
  "/usr/bin/tinyproxy",
  "/usr/sbin/squid",
  "/usr/bin/microsocks",
  "/usr/bin/openssl",
];
const here = isInstalled(...servers);

it.runIf(process.env["CI"])("the gate has the servers that these tests need", () => expect(here).toBe(true));

describe.runIf(here)("through real servers", () => {
  useEmulator();
  let certificates: Certificates;
  let tls: Server;
  let mutual: Server;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  beforeAll(async () => {
    certificates = makeCertificates();
    tls = await startNginx(gitlab.url, certificates, false);
    mutual = await startNginx(gitlab.url, certificates, true);
    proxy = await startProxy();
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(async () => {
    await Promise.all([tls.close(), mutual.close(), proxy.close()]);
    rmSync(certificates.folder, { recursive: true });
  });

  const create = async (port: number, config: Record<string, string> = {}, idle = 4_000) => {
    const { project } = await run(gitlab, {
      timeouts: { attempt: 20_000, proxy: 2_000, idle },
      config: { "gitlab:baseUrl": `https://127.0.0.1:${port}`, "gitlab:retries": "0", ...config },
    });
    await project.create({ project: "acme/app", name: "x", scopes: ["read_registry"] });
  };
  const trusted = () => ({ "gitlab:cacertFile": certificates.ca });
  const identified = () => ({
    ...trusted(),
    "gitlab:clientCert": certificates.clientCert,
    "gitlab:clientKey": certificates.clientKey,
  });

  describe("TLS (nginx)", () => {
    it("an unknown certificate authority is refused, and the error names the setting", async () => {
      await expect(create(tls.port)).rejects.toThrow(
        /failed: no connection \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\): .* comes from an unknown authority\. Set gitlab:cacertFile/,
      );
      expect(gitlab.requests).toEqual([]);
    });

    it("gitlab:cacertFile makes the authority known; gitlab:insecure accepts any", async () => {
      await create(tls.port, trusted());
      await create(tls.port, { "gitlab:insecure": "true" });
      expect(gitlab.deployTokens()).toHaveLength(2);
    });

    it("a client certificate is sent if the server asks for one, and a missing one causes a clear error", async () => {
      await expect(create(mutual.port, trusted())).rejects.toThrow(/failed: 400 \(no message from GitLab\)/);
      await create(mutual.port, identified());
      expect(gitlab.deployTokens()).toHaveLength(1);
    });
  });

  describe("proxies", () => {
    beforeEach(() => {
      for (const name of ["https_proxy", "http_proxy", "all_proxy", "no_proxy"]) {
        vi.stubEnv(name, "");
        vi.stubEnv(name.toUpperCase(), "");
      }
    });
    const eachScheme = (address: string) => {
      vi.stubEnv("HTTPS_PROXY", address);
      vi.stubEnv("HTTP_PROXY", address);
    };
    const createPlainly = () => create(0, { "gitlab:baseUrl": gitlab.url });

    it("tinyproxy cannot read a request of https, and TLS is checked end to end", async () => {
      vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
      await create(tls.port, trusted());
      // Three requests: the project, its tokens, the new token.
      expect(gitlab.requests).toHaveLength(3);
      expect(proxy.log().match(new RegExp(`CONNECT 127\\.0\\.0\\.1:${tls.port}`, "g"))).toHaveLength(1);
      expect(proxy.log()).not.toMatch(new RegExp(`deploy_tokens|${tokens.owner}`));
      await expect(create(tls.port)).rejects.toThrow(/no connection/);
      await create(mutual.port, identified());
      expect(gitlab.deployTokens()).toHaveLength(2);
    });

    it("tinyproxy forwards plain http, from an address without a scheme", async () => {
      eachScheme(`127.0.0.1:${proxy.port}`);
      await createPlainly();
      await create(tls.port, trusted());
      expect(gitlab.deployTokens()).toHaveLength(2);
      expect(proxy.log()).toMatch(/POST http:\/\/127\.0\.0\.1:\d+\/api\/v4\/projects\/1\/deploy_tokens/);
    });

    it("an error of tinyproxy, which cannot reach GitLab, is not taken for GitLab's", async () => {
      vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
      await expect(create(1)).rejects.toThrow(
        new RegExp(
          `no connection: the proxy http://127\\.0\\.0\\.1:${proxy.port} \\(HTTPS_PROXY\\) refused the connection: 50\\d`,
        ),
      );
    });

    it("a connection to an https proxy uses TLS (TLS before tinyproxy)", async () => {
      const secure = await startTlsTunnel(proxy.port, certificates);
      onTestFinished(() => secure.close());
      eachScheme(`https://127.0.0.1:${secure.port}`);
      await create(tls.port, trusted());
      const error = await create(tls.port).catch(String);
      expect(error).toContain(`the proxy https://127.0.0.1:${secure.port} (HTTPS_PROXY) cannot be reached`);
      expect(gitlab.deployTokens()).toHaveLength(1);
    });

    it("squid gets the decoded user name and password; its refusal is not taken for GitLab's", async () => {
      const squid = await startSquid("us@er", "p#a:s%s");
      onTestFinished(() => squid.close());
      const address = `http://us%40er:p%23a%3As%25s@127.0.0.1:${squid.port}`;
      eachScheme(address);
      await create(tls.port, trusted());
      await createPlainly();
      expect(gitlab.deployTokens()).toHaveLength(2);
      expect(squid.log()).toMatch(/POST .* us@er/);
      eachScheme(`http://us%40er:wrong-password@127.0.0.1:${squid.port}`);
      for (const refused of [create(tls.port, trusted()), createPlainly()]) {
        const error = String(await refused.catch((thrown: unknown) => thrown));
        expect(error).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ \(HTTPS?_PROXY\) refused the \w+: 407/);
        expect(error).toMatch(/Set the user name and password of the proxy in HTTPS?_PROXY/);
        expect(error).not.toMatch(/wrong-password|us@er|us%40er/);
      }
      expect(gitlab.deployTokens()).toHaveLength(2);
    });

    it("a connection to a SOCKS proxy uses its own protocol (microsocks)", async () => {
      const [open, closed] = await Promise.all([startSocks(), startSocks("us@er", "p#a:s%s")]);
      onTestFinished(async () => void (await Promise.all([open.close(), closed.close()])));
      for (const address of [
        `socks5://127.0.0.1:${open.port}`,
        `socks5h://localhost:${open.port}`,
        `socks5://us%40er:p%23a%3As%25s@127.0.0.1:${closed.port}`,
      ]) {
        vi.stubEnv("ALL_PROXY", address);
        await create(tls.port, trusted());
        await createPlainly();
      }
      expect(gitlab.deployTokens()).toHaveLength(6);
      await expect(create(tls.port)).rejects.toThrow("Set gitlab:cacertFile");
      vi.stubEnv("ALL_PROXY", `socks5://us:wrong-password@127.0.0.1:${closed.port}`);
      const error = await create(tls.port, trusted()).catch(String);
      expect(error).toContain(`no connection: the proxy socks5://127.0.0.1:${closed.port} (ALL_PROXY)`);
      expect(error).not.toContain("wrong-password");
    });

    it("a connection through a proxy may wait for GitLab longer than it may be idle", async () => {
      const socks = await startSocks();
      onTestFinished(() => socks.close());
      for (const address of [`http://127.0.0.1:${proxy.port}`, `socks5://127.0.0.1:${socks.port}`]) {
        eachScheme(address);
        gitlab.faults.add({ times: 3, when: "after", fault: { kind: "delay", ms: 100 } });
        await create(tls.port, trusted(), 10);
      }
      expect(gitlab.deployTokens()).toHaveLength(2);
    });

    it("an http proxy named as a SOCKS proxy, and the reverse, are errors of the proxy", async () => {
      const socks = await startSocks();
      onTestFinished(() => socks.close());
      for (const address of [`socks5://127.0.0.1:${proxy.port}`, `http://127.0.0.1:${socks.port}`]) {
        eachScheme(address);
        await expect(create(tls.port, trusted())).rejects.toThrow(`no connection: the proxy ${address}`);
      }
    });

    it("are not used for a host in NO_PROXY", async () => {
      eachScheme("http://127.0.0.1:1");
      await expect(create(tls.port, trusted())).rejects.toThrow(
        "no connection: the proxy http://127.0.0.1:1 (HTTPS_PROXY) cannot be reached (ECONNREFUSED)",
      );
      vi.stubEnv("NO_PROXY", "127.0.0.1");
      await create(tls.port, trusted());
      expect(gitlab.deployTokens()).toHaveLength(1);
    });
  });
});
