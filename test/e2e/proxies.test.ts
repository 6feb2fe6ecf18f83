import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import {
  type AdverseProxy,
  type ProxyFault,
  proxyFaults,
  startAdverseProxy,
} from "../engine/adverse-proxy.js";
import { type Certificates, makeCertificates, type Server, startNginx } from "../engine/servers.js";
import { tokens } from "../support/run.js";
import { useEmulator, writes } from "./support.js";

// A look-up whose promise never settled once let Node.js end the program, and Pulumi deleted the resources that it
// had not declared.
const use = useEmulator();
let certificates: Certificates;
let tls: Server;
let proxy: AdverseProxy;
beforeAll(async () => {
  certificates = makeCertificates();
  tls = await startNginx(use.gitlab.url, certificates, false);
  proxy = await startAdverseProxy();
});
afterEach(() => proxy.reset());
afterAll(async () => {
  await Promise.all([tls.close(), proxy.close()]);
  rmSync(certificates.folder, { recursive: true });
});

/** Only the proxy resolves this name. */
const gitlabUrl = () => `https://gitlab.corp.test:${tls.port}`;
const environment = () => {
  // The engine and its plugins use the loopback interface.
  const [url, direct] = [proxy.url, "127.0.0.1,localhost"];
  return { HTTPS_PROXY: url, https_proxy: url, NO_PROXY: direct, no_proxy: direct };
};
const token = 'new ProjectDeployToken("pull", { project: "acme/app", scopes: ["read_registry"] })';
const commonJs = (body: string, names: string): Record<string, string> => ({
  "package.json": '{"private":true,"main":"index.js"}',
  "index.js": `const { ${names}, ProjectDeployToken } = require("pulumi-gitlab-deploy-tokens");\n${body}`,
});
const module = (body: string, names: string): Record<string, string> => ({
  "package.json": '{"private":true,"type":"module","main":"index.mjs"}',
  "index.mjs": `import { ${names}, ProjectDeployToken } from "pulumi-gitlab-deploy-tokens";\n${body}`,
});

/** Programs that ask GitLab before they declare the token of the stack. */
const programs = {
  "a promise, CommonJS": commonJs(
    `module.exports = async () => {
      await getProjectDeployTokens({ project: "acme/tools" });
      ${token};
    };`,
    "getProjectDeployTokens",
  ),
  "a promise, top-level await of an ES module": module(
    `await getGroupDeployTokens({ group: "acme" });
    ${token};`,
    "getGroupDeployTokens",
  ),
  "an output, CommonJS": commonJs(
    `getProjectDeployTokensOutput({ project: "acme/tools" }).apply(() => { ${token}; });`,
    "getProjectDeployTokensOutput",
  ),
  "an output, ES module": module(
    `getProjectDeployTokenOutput({ project: "acme/app", deployTokenId: 1 }).apply(() => { ${token}; });`,
    "getProjectDeployTokenOutput",
  ),
  ".get": commonJs(
    `GroupDeployToken.get("seen", "acme:9").deployTokenId.apply(() => { ${token}; });`,
    "GroupDeployToken",
  ),
  "a resource": module(
    `const ci = new GroupDeployToken("ci", { group: "acme", scopes: ["read_repository"] });
    ci.token.apply(() => { ${token}; });`,
    "GroupDeployToken",
  ),
} as const;

const cases: readonly (readonly [keyof typeof programs, ProxyFault])[] = [
  ["a promise, CommonJS", "closes the connection"],
  ["a promise, top-level await of an ES module", "stays silent"],
  ["an output, CommonJS", "answers 101"],
  ["an output, ES module", "answers half"],
  [".get", "answers 407"],
  ["a resource", "closes the connection"],
];

it("no program succeeds and no token is deleted, whatever the proxy does", {
  timeout: 600_000,
}, async () => {
  const stack = await use.stack(commonJs(`${token};`, "Provider"), {
    config: {
      "gitlab:baseUrl": gitlabUrl(),
      "gitlab:cacertFile": certificates.ca,
      "gitlab:retries": "0",
    },
  });
  await stack.up({ env: environment() });
  const before = use.gitlab.deployTokens();
  use.gitlab.clearRequests();
  for (const [program, fault] of cases) {
    stack.program(programs[program]);
    proxy.reset();
    proxy.fail(fault);
    const { changes, output } = await stack.up({ env: environment(), fails: true });
    const what = `${program}, a proxy that ${fault}:\n${output}`;
    expect(proxy.asked, what).toContain(`gitlab.corp.test:${tls.port}`);
    expect(output, what).toMatch(/the proxy http:\/\/127\.0\.0\.1|the connection broke/);
    expect(changes["deleted"], what).toBeUndefined();
    expect(use.gitlab.deployTokens(), what).toEqual(before);
  }
  expect(writes(use.gitlab)).toEqual([]);
  proxy.reset();
  // A single failure of the proxy does not fail the command.
  await stack.configure({ "gitlab:retries": "2" });
  proxy.fail("closes the connection", 1);
  expect((await stack.up({ env: environment() })).changes).toMatchObject({ created: 1 });
  expect(use.gitlab.deployTokens()).toHaveLength(2);
});

it("no command exits with 0 or hangs, whatever the proxy does", async () => {
  const stack = await use.stack("");
  const env = {
    ...environment(),
    GITLAB_BASE_URL: gitlabUrl(),
    GITLAB_CACERT_FILE: certificates.ca,
    GITLAB_TOKEN: tokens.owner,
    GITLAB_RETRIES: "0",
  };
  const dead = use.gitlab.createDeployToken({ project: "acme/app", name: "old", scopes: ["read_registry"] });
  use.gitlab.revoke(dead.id);
  const commands = [
    ["audit", "--group", "acme", "--recursive"],
    ["audit", "--project", "acme/app", "--emit", "adopt"],
    ["prune", "--project", "acme/app", "--no-stacks", "--yes"],
  ];
  for (const fault of proxyFaults) {
    proxy.reset();
    proxy.fail(fault);
    await Promise.all(
      commands.map(async (args) => {
        const { code, stderr } = await stack.tool("pulumi-gitlab-deploy-tokens", args, env);
        const what = `${args.join(" ")}, a proxy that ${fault}: ${stderr}`;
        expect(code, what).toBe(2);
        expect(stderr, what).toMatch(
          /the proxy http:\/\/127\.0\.0\.1|the connection broke|the server closed the connection/,
        );
      }),
    );
  }
  expect(writes(use.gitlab)).toEqual([]);
  expect(use.gitlab.deployTokens()).toHaveLength(1);
});
