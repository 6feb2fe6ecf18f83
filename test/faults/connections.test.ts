import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Emulator, start } from "../../provider/testing/index.js";
import {
  type Certificates,
  isInstalled,
  makeCertificates,
  type Server,
  startNginx,
  startProxy,
} from "../engine/servers.js";
import { run, tokens } from "../support/run.js";

const servers = ["/usr/sbin/nginx", "/usr/bin/tinyproxy", "/usr/bin/openssl"];
const here = isInstalled(...servers);

it.runIf(process.env["CI"])("the gate has the servers that these tests need", () => expect(here).toBe(true));

describe.runIf(here)("through real servers", () => {
  let gitlab: Emulator;
  let certificates: Certificates;
  let tls: Server;
  let mutual: Server;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  beforeAll(async () => {
    gitlab = await start();
    certificates = makeCertificates();
    tls = await startNginx(gitlab.url, certificates, false);
    mutual = await startNginx(gitlab.url, certificates, true);
    proxy = await startProxy();
  });
  afterEach(() => {
    gitlab.reset();
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    await Promise.all([tls.close(), mutual.close(), proxy.close()]);
    await gitlab.close();
    rmSync(certificates.folder, { recursive: true });
  });

  const create = async (port: number, config: Record<string, string> = {}) => {
    const { project } = await run(gitlab, {
      config: { "gitlab:baseUrl": `https://127.0.0.1:${port}`, "gitlab:retries": "0", ...config },
    });
    const { outs } = await project.create({ project: "acme/app", name: "x", scopes: ["read_registry"] });
    return outs as Record<string, unknown>;
  };
  const trusted = () => ({ "gitlab:cacertFile": certificates.ca });

  describe("TLS (nginx)", () => {
    it("an unknown authority is refused, and the error names the setting", async () => {
      await expect(create(tls.port)).rejects.toThrow(
        /failed: no connection \((UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)\)\. .*set gitlab:cacertFile/,
      );
      expect(gitlab.requests).toEqual([]);
    });

    it("gitlab:cacertFile makes it known; gitlab:insecure takes any", async () => {
      await create(tls.port, trusted());
      await create(tls.port, { "gitlab:insecure": "true" });
      expect(gitlab.deployTokens()).toHaveLength(2);
    });

    it("a client certificate is sent where the server asks for one, and missed by a clear error", async () => {
      await expect(create(mutual.port, trusted())).rejects.toThrow(/failed: 400 \(no answer of GitLab's\)/);
      const { clientCert, clientKey } = certificates;
      await create(mutual.port, {
        ...trusted(),
        "gitlab:clientCert": clientCert,
        "gitlab:clientKey": clientKey,
      });
      expect(gitlab.deployTokens()).toHaveLength(1);
    });
  });

  describe("a CONNECT proxy (tinyproxy)", () => {
    it("is gone through as HTTPS_PROXY says, sees no request, and TLS is checked behind it", async () => {
      vi.stubEnv("HTTPS_PROXY", `http://127.0.0.1:${proxy.port}`);
      vi.stubEnv("https_proxy", `http://127.0.0.1:${proxy.port}`);
      await create(tls.port, trusted());
      expect(proxy.log()).toMatch(new RegExp(`CONNECT 127\\.0\\.0\\.1:${tls.port}`));
      expect(proxy.log()).not.toMatch(new RegExp(`deploy_tokens|${tokens.owner}`));
      await expect(create(tls.port)).rejects.toThrow(/no connection|connection broke/);
      const { clientCert, clientKey } = certificates;
      await create(mutual.port, {
        ...trusted(),
        "gitlab:clientCert": clientCert,
        "gitlab:clientKey": clientKey,
      });
      expect(gitlab.deployTokens()).toHaveLength(2);
    });

    it("is left aside where NO_PROXY says so", async () => {
      vi.stubEnv("https_proxy", "http://127.0.0.1:1");
      vi.stubEnv("HTTPS_PROXY", "http://127.0.0.1:1");
      await expect(create(tls.port, trusted())).rejects.toThrow("no connection (ECONNREFUSED)");
      vi.stubEnv("NO_PROXY", "127.0.0.1");
      vi.stubEnv("no_proxy", "127.0.0.1");
      await create(tls.port, trusted());
      expect(gitlab.deployTokens()).toHaveLength(1);
    });
  });
});
