import { describe, expect, it } from "vitest";
import { dockerConfigJson } from "../../provider/index.js";
import type { DeployToken } from "../../provider/testing/index.js";
import { isInstalled } from "../engine/servers.js";
import { known } from "../support/pulumi.js";
import { basic, deaths, mortal, useRoutes } from "./clients";

const routes = useRoutes({
  groups: [{ path: "acme" }, { path: "open", visibility: "public" }],
  projects: [
    { path: "acme/app", imageTags: ["1.0", "1.1"] },
    { path: "acme/tools" },
    { path: "open/docs", visibility: "public", imageTags: ["latest"] },
  ],
});
const app = { project: "acme/app" };
const image = (path: string) => `docker://${routes.host}/${path}`;
const config = (token: DeployToken) =>
  known(dockerConfigJson(routes.source(token), { registry: routes.host }));
const auth = (token?: DeployToken, more = "") =>
  routes.ask(`/jwt/auth?service=container_registry${more}`, token === undefined ? {} : basic(token));
const pull = (path: string) => `&scope=${encodeURIComponent(`repository:${path}:pull`)}`;

interface Answer {
  readonly token?: string;
  readonly errors?: readonly { readonly code: string; readonly message: string }[];
}
const body = async (answer: Response) => (await answer.json()) as Answer;

const here = isInstalled("/usr/bin/skopeo");
it.runIf(process.env["CI"])("the gate has skopeo", () => expect(here).toBe(true));

describe.runIf(here)("skopeo", () => {
  it("logs in with user name and value", async () => {
    const token = routes.make(app, "read_registry");
    const args = ["login", "--username", `gitlab+deploy-token-${token.id}`, "--password-stdin", routes.host];
    const { code, stdout, stderr } = await routes.readers.skopeo(args, "{}", token.token);
    expect([code, stdout, stderr]).toEqual([0, "Login Succeeded!\n", ""]);
  });

  it("reads a pull secret: the user name, and the tags of a private image", async () => {
    const secret = await config(routes.make({ group: "acme" }, "read_registry"));
    const who = await routes.readers.skopeo(["login", "--get-login", routes.host], secret);
    expect(who.stdout).toBe("gitlab+deploy-token-1\n");
    const { code, stdout } = await routes.readers.skopeo(["list-tags", image("acme/app")], secret);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ Tags: ["1.0", "1.1"] });
    const none = await routes.readers.skopeo(["list-tags", image("acme/tools")], secret);
    expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/404|name unknown/)]);
  });

  it.each(deaths)("is refused with a token that is %s", async (_, kill) => {
    const token = routes.gitlab.createDeployToken({ ...app, ...mortal, scopes: ["read_registry"] });
    const secret = await config(token);
    const tags = ["list-tags", image("acme/app")];
    expect((await routes.readers.skopeo(tags, secret)).code).toBe(0);
    kill(routes.gitlab, token);
    const { code, stderr } = await routes.readers.skopeo(tags, secret);
    expect([code, stderr]).toEqual([1, expect.stringContaining("HTTP Basic: Access denied.")]);
    const answer = await auth(token);
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, null]);
    expect((await body(answer)).errors).toMatchObject([{ code: "UNAUTHORIZED" }]);
  });

  it("is refused with a token of another scope", async () => {
    const token = routes.make(app, "read_repository", "read_package_registry");
    const { code, stderr } = await routes.readers.skopeo(
      ["list-tags", image("acme/app")],
      await config(token),
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(/403|access forbidden/)]);
    const answer = await auth(token);
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { errors: [{ code: "DENIED", message: "access forbidden" }], http_status: 403 },
    ]);
  });

  it("is refused with a token of package scopes only, which cannot log in", async () => {
    const token = routes.make(app, "read_package_registry");
    const secret = await config(token);
    const { code, stderr } = await routes.readers.skopeo(["list-tags", image("acme/app")], secret);
    expect([code, stderr]).toEqual([1, expect.stringContaining("HTTP Basic: Access denied.")]);
    expect((await auth(token)).status).toBe(401);
  });
});

describe("GitLab's token service", () => {
  const claims = (jwt = "") =>
    JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
  const accessOf = async (answer: Response) => claims((await body(answer)).token)["access"];

  it("grants only actions that the token's scopes allow, and only for its own project", async () => {
    const token = routes.make(app, "read_registry");
    const both = routes.make({ group: "acme" }, "read_registry", "write_registry");
    const access = (name: string, ...actions: string[]) => ({
      type: "repository",
      name,
      actions,
      meta: expect.objectContaining({ project_path: name }),
    });
    const push = encodeURIComponent("repository:acme/app:pull,push,delete");
    expect(await accessOf(await auth(token, pull("acme/app")))).toEqual([access("acme/app", "pull")]);
    expect(await accessOf(await auth(token, `&scope=${push}`))).toEqual([access("acme/app", "pull")]);
    expect(await accessOf(await auth(both, `&scope=${push}`))).toEqual([access("acme/app", "pull", "push")]);
    expect(await accessOf(await auth(token, pull("acme/tools")))).toEqual([]);
    expect(await accessOf(await auth(token, "&scope=registry:catalog:*"))).toEqual([]);
    expect(await accessOf(await auth(both, `${pull("acme/app")}${pull("acme/tools")}`))).toHaveLength(2);
    expect(await accessOf(await auth(undefined, pull("open/docs")))).toEqual([access("open/docs", "pull")]);
    expect((await auth(undefined, pull("acme/app"))).status).toBe(403);
    expect((await routes.ask("/jwt/auth?service=other")).status).toBe(404);
  });

  it("names the user and a lifetime of five minutes", async () => {
    routes.gitlab.clock.set("2027-01-01T00:00:00Z");
    const { token } = await body(await auth(routes.make(app, "read_registry"), pull("acme/app")));
    const iat = Date.parse("2027-01-01T00:00:00Z") / 1000;
    expect(claims(token)).toMatchObject({
      aud: "container_registry",
      auth_type: "deploy_token",
      iat,
      exp: iat + 300,
    });
    const tags = () => routes.ask("/v2/acme/app/tags/list", { authorization: `Bearer ${token}` });
    expect((await tags()).status).toBe(200);
    routes.gitlab.clock.advance(300_000);
    expect((await tags()).status).toBe(401);
  });
});

describe("the registry", () => {
  const challenge = (more = "") =>
    `Bearer realm="${routes.gitlab.url}/jwt/auth",service="container_registry"${more}`;

  it("sends a client without a grant to GitLab's token service", async () => {
    const answer = await routes.ask("/v2/");
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, challenge()]);
    expect(answer.headers.get("docker-distribution-api-version")).toBe("registry/2.0");
    const scope = ',scope="repository:acme/app:pull"';
    const wrong = await routes.ask("/v2/acme/app/tags/list", { authorization: "Bearer a.b.c" });
    expect(wrong.headers.get("www-authenticate")).toBe(challenge(`${scope},error="invalid_token"`));
    const { token } = await body(await auth(routes.make(app, "read_registry")));
    const login = await routes.ask("/v2/", { authorization: `Bearer ${token}` });
    expect([login.status, await login.json()]).toEqual([200, {}]);
    const small = await routes.ask("/v2/acme/app/tags/list", { authorization: `Bearer ${token}` });
    expect(small.headers.get("www-authenticate")).toBe(challenge(`${scope},error="insufficient_scope"`));
  });
});
