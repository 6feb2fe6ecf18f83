import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { DeployTokenError } from "../../provider/gitlab/errors.js";
import { describeProxy, findProxy, proxyPassword } from "../../provider/gitlab/proxy.js";
import {
  type AdverseProxy,
  type ProxyFault,
  proxyFaults,
  startAdverseProxy,
} from "../engine/adverse-proxy.js";
import { clientOf } from "../support/client.js";
import { gitlab, useEmulator } from "../support/emulator.js";

const names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];
beforeEach(() => {
  for (const name of names.flatMap((each) => [each, each.toUpperCase()])) vi.stubEnv(name, "");
});
afterEach(() => vi.unstubAllEnvs());

const https = new URL("https://gitlab.corp.test");

describe("the proxy's address", () => {
  const find = (value: string) => findProxy(https, { HTTPS_PROXY: value });

  it.each([
    ["127.0.0.1:3128", "http://127.0.0.1:3128"],
    ["localhost:3128", "http://localhost:3128"],
    ["proxy.corp.test", "http://proxy.corp.test"],
    [" http://proxy.corp.test:3128/ ", "http://proxy.corp.test:3128"],
    ["https://proxy.corp.test", "https://proxy.corp.test"],
    ["HTTP://proxy.corp.test:80", "http://proxy.corp.test"],
    ["[::1]:3128", "http://[::1]:3128"],
    ["socks5://127.0.0.1:1080", "socks5://127.0.0.1:1080"],
    ["socks5h://u:p@127.0.0.1:1080", "socks5h://127.0.0.1:1080"],
  ])("%j is %s", (value, address) => {
    const proxy = find(value);
    expect(proxy && describeProxy(proxy)).toBe(`${address} (HTTPS_PROXY)`);
  });

  it.each([
    ["http://us%40er:p%23a%3As%25s@127.0.0.1:3128", "us@er", "p#a:s%s"],
    ["http://CORP%5Cuser:x@127.0.0.1:3128", "CORP\\user", "x"],
    ["us:100%@127.0.0.1:3128", "us", "100%"],
    ["http://%C3%BC:%E2%82%AC@127.0.0.1:3128", "ü", "€"],
    ["http://user@127.0.0.1:3128", "user", ""],
    ["socks5://us%40er:p%2Fw@127.0.0.1:1080", "us@er", "p/w"],
  ])("%j contains %j and %j", (value, user, password) => {
    const proxy = find(value);
    expect([decodeURIComponent(String(proxy?.url.username)), proxy && proxyPassword(proxy)]).toEqual([
      user,
      password,
    ]);
  });

  it.each([
    ["ftp://proxy.corp.test", 'names a proxy of the unsupported kind "ftp://"'],
    ["http://user:geheim#1@proxy.corp.test:3128", "percent-encode"],
    ["http://user:geheim/1@proxy.corp.test:3128", "percent-encode"],
    ["http://user:12#geheim@proxy.corp.test", "percent-encode"],
    ["http://", "is not a valid address"],
    ["socks5://", "names no host"],
  ])("%j is refused without printing it", (value, reason) => {
    const error = (() => {
      try {
        return find(value);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(DeployTokenError.isInstance(error) && error.code).toBe("invalid_argument");
    expect(String(error)).toContain("HTTPS_PROXY");
    expect(String(error)).toContain(reason);
    expect(String(error)).not.toMatch(/geheim|user/);
  });

  it("comes from the variable of the target's scheme, first in lower case, else from ALL_PROXY", () => {
    const source = (target: string, env: NodeJS.ProcessEnv) => findProxy(new URL(target), env)?.source;
    const all = { https_proxy: "a:1", HTTPS_PROXY: "b:1", HTTP_PROXY: "c:1", ALL_PROXY: "d:1" };
    expect(source("https://x.test", all)).toBe("https_proxy");
    expect(source("https://x.test", { ...all, https_proxy: "" })).toBe("HTTPS_PROXY");
    expect(source("http://x.test", all)).toBe("HTTP_PROXY");
    expect(source("http://x.test", { ...all, HTTP_PROXY: " " })).toBe("ALL_PROXY");
    expect(source("https://x.test", { HTTP_PROXY: "c:1" })).toBeUndefined();
  });
});

describe("NO_PROXY", () => {
  it.each([
    ["corp.test", "https://gitlab.corp.test", true],
    ["corp.test", "https://corp.test", true],
    ["corp.test", "https://evilcorp.test", false],
    ["CORP.test.", "https://gitlab.corp.test.", true],
    [".corp.test", "https://gitlab.corp.test", true],
    [".corp.test", "https://corp.test", false],
    ["*.corp.test", "https://gitlab.corp.test", true],
    ["other.test, corp.test", "https://gitlab.corp.test", true],
    ["other.test corp.test:8443", "https://gitlab.corp.test:8443", true],
    ["corp.test:8443", "https://gitlab.corp.test", false],
    ["corp.test:443", "https://gitlab.corp.test", true],
    ["*", "https://gitlab.corp.test", true],
    ["10.0.0.0/8", "https://10.20.30.40", true],
    ["10.0.0.0/8", "https://11.0.0.1", false],
    ["10.0.0.0/8", "https://gitlab.corp.test", false],
    ["10.0.0.0/33", "https://10.0.0.1", false],
    ["fd00::/8", "https://[fd12::1]", true],
    ["[fd12::1]:443", "https://[fd12:0::1]", true],
    ["fd12:0:0::1", "https://[fd12::1]", true],
    ["127.0.0.1", "https://localhost", true],
    ["localhost", "http://127.0.0.1:8080", true],
    ["localhost", "http://10.0.0.1", false],
    ["::1", "http://localhost:8080", true],
    [",, ,", "https://gitlab.corp.test", false],
  ])("%j for %s: %s", (list, target, isExcluded) => {
    const env = { ALL_PROXY: "127.0.0.1:3128", NO_PROXY: list };
    expect(findProxy(new URL(target), env) === undefined).toBe(isExcluded);
    expect(findProxy(new URL(target), { ...env, NO_PROXY: "", no_proxy: list }) === undefined).toBe(
      isExcluded,
    );
  });
});

describe("through a proxy that fails", () => {
  useEmulator();
  let proxy: AdverseProxy;
  beforeAll(async () => {
    proxy = await startAdverseProxy();
  });
  afterEach(() => proxy.reset());
  afterAll(() => proxy.close());

  const post = {
    method: "POST",
    path: "/projects/1/deploy_tokens",
    body: { name: "a", scopes: ["read_registry"] },
  } as const;
  const list = { method: "GET", path: "/projects/1/deploy_tokens" } as const;
  const client = (baseUrl: string, retries = 0, timeouts = { attempt: 20_000, proxy: 10_000 }) =>
    clientOf({ baseUrl, retries, insecure: true }, { timeouts });
  const limits = (fault: ProxyFault, isPlain = false) => ({
    attempt: fault === "stays silent" && isPlain ? 1_000 : 20_000,
    proxy: fault === "stays silent" ? 1_000 : 10_000,
  });
  const failing = async (request: typeof post | typeof list, baseUrl: string, fault: ProxyFault) => {
    vi.stubEnv("HTTPS_PROXY", `http://us%40er:geheim%23@127.0.0.1:${proxy.port}`);
    vi.stubEnv("HTTP_PROXY", `http://us%40er:geheim%23@127.0.0.1:${proxy.port}`);
    const answer = await client(baseUrl, 0, limits(fault, request === list && baseUrl === gitlab.url))
      .request(request, AbortSignal.timeout(30_000))
      .catch((error: unknown) => error);
    expect(DeployTokenError.isInstance(answer)).toBe(true);
    expect(String(answer)).not.toContain("geheim");
    expect(proxy.credentials).toEqual(["us@er:geheim#"]);
    return answer as DeployTokenError;
  };
  const [name, tunnelled] = ["127.0.0.1:", "gitlab.corp.test"];

  const connecting: Record<ProxyFault, string> = {
    "closes the connection": "closed the connection. Check the proxy and HTTPS_PROXY, or add",
    "resets the connection": "closed the connection. Check",
    "answers half": "closed the connection. Check",
    "answers 101": "refused the connection: 101 Switching Protocols. Allow gitlab.corp.test:443 on the proxy",
    "answers 403": "refused the connection: 403 Forbidden. Allow gitlab.corp.test:443 on the proxy, or add",
    "answers 407": "Set the user name and password of the proxy in HTTPS_PROXY",
    "answers 502": "refused the connection: 502 Bad Gateway. Check the proxy",
    "answers in another protocol": "refused the connection: the response is not HTTP. Check the proxy",
    "stays silent": "did not answer within 1 s. Check the proxy",
    // The proxy worked. The rest is between the client and GitLab.
    "answers, then closes the connection": "",
  };
  it.each(proxyFaults)("https: a proxy that %s", async (fault) => {
    proxy.fail(fault);
    for (const request of [list, post]) {
      const error = await failing(request, `https://${tunnelled}`, fault);
      expect(proxy.asked).toEqual(["gitlab.corp.test:443"]);
      const expected = connecting[fault];
      expect(error).toMatchObject({ code: "unreachable", mayHaveActed: false });
      if (expected === "") {
        expect(error.message).toContain(
          "(ECONNRESET): the server closed the connection before the TLS handshake",
        );
      } else {
        expect(error.message).toContain(
          `no connection: the proxy http://${name}${proxy.port} (HTTPS_PROXY) `,
        );
        expect(error.message).toContain(expected);
      }
      proxy.reset();
      proxy.fail(fault);
    }
    proxy.reset();
    await expect.poll(() => proxy.openSockets()).toBe(0);
  });

  it.each([
    ["closes the connection", "disconnected", "the connection broke"],
    ["resets the connection", "disconnected", "the connection broke"],
    ["answers half", "disconnected", "the connection broke"],
    ["answers 101", "invalid_response", "101, but the response is not for this request"],
    ["answers 407", "unreachable", "refused the request: 407. Set the user name and password"],
    ["answers 502", "unavailable", "502"],
    ["answers in another protocol", "disconnected", "the connection broke"],
    ["stays silent", "timeout", "no response in time"],
  ] as const)("http: a proxy that %s", async (fault, code, message) => {
    proxy.fail(fault);
    const error = await failing(list, gitlab.url, fault);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(proxy.asked).toEqual([`${gitlab.url}/api/v4/projects/1/deploy_tokens`]);
  });

  it.each(["closes the connection", "answers 502", "stays silent"] as const)(
    "a POST is sent once the proxy no longer %s",
    async (fault) => {
      vi.stubEnv("ALL_PROXY", proxy.url);
      proxy.fail(fault, 2);
      const error = await client("https://127.0.0.1:1", 3, limits(fault))
        .request(post, AbortSignal.timeout(30_000))
        .catch((thrown: unknown) => thrown);
      expect(String(error)).toContain("refused the connection: 502");
      expect(proxy.asked).toHaveLength(4);
    },
  );

  it("names a proxy that does not listen", async () => {
    vi.stubEnv("HTTPS_PROXY", "127.0.0.1:1");
    await expect(
      client("https://gitlab.corp.test").request(list, AbortSignal.timeout(30_000)),
    ).rejects.toThrow(
      "failed: no connection: the proxy http://127.0.0.1:1 (HTTPS_PROXY) cannot be reached (ECONNREFUSED). Check",
    );
  });
});
