import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { npmrc, pipIndexUrl } from "../../provider/index.js";
import { npmTarball, wheel } from "../engine/readers.js";
import { known } from "../support/pulumi.js";
import { basic, deaths, mortal, useRoutes } from "./clients";

const npm = (name: string, version = "1.0.0") =>
  ({ type: "npm", name, version, content: npmTarball(name, version) }) as const;
const pypi = (name: string, version = "1.0.0") =>
  ({ type: "pypi", name, version, content: wheel(name, version) }) as const;

const hello = [npm("@acme/hello"), npm("@acme/hello", "1.1.0"), npm("plain"), pypi("hello_acme")];
const routes = useRoutes({
  users: [
    { username: "rita", tokens: [{ value: "glpat-reporter-000001" }] },
    { username: "gus", tokens: [{ value: "glpat-guest-00000001" }] },
  ],
  groups: [
    { path: "acme", members: { rita: "reporter", gus: "guest" } },
    { path: "acme/platform" },
    { path: "open", visibility: "public" },
  ],
  projects: [
    { path: "acme/app", packages: hello },
    { path: "acme/platform/lib", packages: [npm("@acme/lib"), pypi("lib_acme")] },
    { path: "open/docs", visibility: "public", packages: [npm("open"), pypi("open_docs")] },
  ],
});
const app = { project: "acme/app" };
const scope = "read_package_registry";
const challenge = 'Basic realm="GitLab Packages Registry"';

async function expectMessage(answer: Response, status: number, message: string, asks: string | null = null) {
  expect([answer.status, await answer.json()]).toEqual([status, { message }]);
  expect(answer.headers.get("www-authenticate")).toBe(asks);
}

describe("npm install", { timeout: 120_000 }, () => {
  const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
  const metadata = "/api/v4/projects/1/packages/npm/@acme%2fhello";
  const installed = (folder: string, name: string) =>
    readFileSync(join(folder, "node_modules", name, "index.js"), "utf8");

  it("gets a package of the project's registry, of its scope and without one", async () => {
    const token = routes.make(app, scope);
    const text = await known(npmrc(routes.source(token), { scope: "@acme" }));
    const scoped = await routes.readers.npmInstall("@acme/hello", text);
    expect([scoped.code, scoped.stderr]).toEqual([0, ""]);
    expect(installed(scoped.folder, "@acme/hello")).toContain("hello from @acme/hello");
    const found = JSON.parse(
      readFileSync(join(scoped.folder, "node_modules/@acme/hello/package.json"), "utf8"),
    );
    expect(found).toMatchObject({ version: "1.1.0" });
    const all = await routes.readers.npmInstall("plain", await known(npmrc(routes.source(token))));
    expect([all.code, all.stderr]).toEqual([0, ""]);
  });

  it("gets packages of the group's registry, and of a project named by its path", async () => {
    const token = routes.make({ group: "acme" }, "write_package_registry");
    const group = await known(npmrc(routes.source(token), { scope: "@acme" }));
    for (const name of ["@acme/hello", "@acme/lib"]) {
      const { code, folder } = await routes.readers.npmInstall(name, group);
      expect(code).toBe(0);
      expect(installed(folder, name)).toContain(`hello from ${name}`);
    }
    const project = await known(npmrc(routes.source(token), { project: "acme/platform/lib" }));
    expect((await routes.readers.npmInstall("@acme/lib", project)).code).toBe(0);
  });

  it.each(deaths)("is refused with a token that is %s", async (_, kill) => {
    const token = routes.gitlab.createDeployToken({ ...app, ...mortal, scopes: [scope] });
    const text = await known(npmrc(routes.source(token), { scope: "@acme" }));
    expect((await routes.ask(metadata, bearer(token.token))).status).toBe(200);
    kill(routes.gitlab, token);
    const { code, stderr } = await routes.readers.npmInstall("@acme/hello", text);
    expect([code, stderr]).toEqual([1, expect.stringContaining("npm error code E401")]);
    await expectMessage(await routes.ask(metadata, bearer(token.token)), 401, "401 Unauthorized");
  });

  it("is refused with a token of another scope", async () => {
    const token = routes.make(app, "read_repository", "read_registry");
    const text = await known(npmrc(routes.source(token), { scope: "@acme" }));
    const { code, stderr } = await routes.readers.npmInstall("@acme/hello", text);
    expect([code, stderr]).toEqual([1, expect.stringContaining("npm error code E404")]);
    await expectMessage(await routes.ask(metadata, bearer(token.token)), 404, "404 Project Not Found");
  });

  it("answers as GitLab does: 401, 403 and 404", async () => {
    const token = routes.make(app, scope);
    const [group, file] = ["/api/v4/groups/1/-/packages/npm", "/@acme/hello/-/@acme/hello-1.0.0.tgz"];
    const other = "/api/v4/projects/2/packages/npm";
    await expectMessage(await routes.ask(metadata), 401, "401 Unauthorized");
    await expectMessage(await routes.ask(metadata.replace(/\/[^/]+$/, file)), 404, "404 Project Not Found");
    await expectMessage(await routes.ask(`${other}/x`, basic(token)), 404, "404 Project Not Found");
    await expectMessage(await routes.ask(`${group}/x`, basic(token)), 404, "404 Group Not Found");
    await expectMessage(
      await routes.ask(`${group.replace("1", "9")}/x`, basic(token)),
      404,
      "404 Group Not Found",
    );
    await expectMessage(await routes.ask(metadata, bearer("glpat-guest-00000001")), 403, "403 Forbidden");
    const above = routes.make({ group: "acme" }, scope);
    const below = `${group.replace("1", "2")}/@acme/lib`;
    await expectMessage(await routes.ask(below, basic(above)), 404, "404 Group Not Found");
    const own = "/api/v4/projects/acme%2Fapp/packages/npm";
    await expectMessage(await routes.ask(`${own}/none`, basic(token)), 404, "404 Packages Not Found");
    await expectMessage(
      await routes.ask(`${own}/plain/-/no.tgz`, basic(token)),
      404,
      "404 Package Not Found",
    );
  });

  it("accepts the value as Bearer, as Basic password with any name and in Deploy-Token, users' tokens, and no credential for a public project", async () => {
    const token = routes.make(app, scope);
    for (const headers of [
      bearer(token.token),
      basic({ ...token, username: "whoever" }),
      { "deploy-token": token.token },
      bearer("glpat-reporter-000001"),
    ]) {
      const answer = await routes.ask(metadata, headers);
      expect(await answer.json()).toMatchObject({ name: "@acme/hello", "dist-tags": { latest: "1.1.0" } });
    }
    expect((await routes.ask("/api/v4/projects/3/packages/npm/open")).status).toBe(200);
    expect((await routes.ask("/api/v4/groups/3/-/packages/npm/open")).status).toBe(200);
  });
});

describe("pip install", { timeout: 120_000 }, () => {
  const simple = "/api/v4/projects/1/packages/pypi/simple";
  const installed = (folder: string, name: string) => readFileSync(join(folder, `${name}.py`), "utf8");

  it("gets a package of the project's registry and of the group's, by any spelling of its name", async () => {
    const own = routes.source(routes.make(app, scope));
    const group = routes.source(routes.make({ group: "acme" }, scope));
    for (const [index, name, file] of [
      [pipIndexUrl(own), "Hello.Acme", "hello_acme"],
      [pipIndexUrl(group), "hello-acme", "hello_acme"],
      [pipIndexUrl(group), "lib_acme", "lib_acme"],
      [pipIndexUrl(group, { project: "acme/platform/lib" }), "lib-acme", "lib_acme"],
    ] as const) {
      const { code, folder } = await routes.readers.pipInstall(name, await known(index));
      expect(code).toBe(0);
      expect(installed(folder, file)).toContain(`hello from ${file}`);
    }
  });

  it.each(deaths)("is refused with a token that is %s", async (_, kill) => {
    const token = routes.gitlab.createDeployToken({ ...app, ...mortal, scopes: [scope] });
    const index = await known(pipIndexUrl(routes.source(token)));
    expect((await routes.ask(`${simple}/hello-acme/`, basic(token))).status).toBe(200);
    kill(routes.gitlab, token);
    const { code, stderr } = await routes.readers.pipInstall("hello-acme", index);
    expect([code, stderr]).toEqual([1, expect.stringContaining("No matching distribution found")]);
    expect(routes.gitlab.requests.at(-1)?.status).toBe(401);
    const answer = await routes.ask(`${simple}/hello-acme/`, basic(token));
    await expectMessage(answer, 401, "401 Unauthorized", challenge);
  });

  it("is refused with a token of another scope", async () => {
    const token = routes.make(app, "read_repository", "write_registry");
    const index = await known(pipIndexUrl(routes.source(token)));
    const { code, stderr } = await routes.readers.pipInstall("hello-acme", index);
    expect([code, stderr]).toEqual([1, expect.stringContaining("No matching distribution found")]);
    await expectMessage(await routes.ask(simple, basic(token)), 404, "404 Not Found");
  });

  it("answers as GitLab does: 401, 403 and 404", async () => {
    const token = routes.make(app, scope);
    await expectMessage(await routes.ask(simple), 401, "401 Unauthorized", challenge);
    await expectMessage(await routes.ask(simple.replace("1", "9")), 404, "404 Not Found");
    await expectMessage(await routes.ask(simple.replace("1", "2"), basic(token)), 404, "404 Not Found");
    const group = "/api/v4/groups/1/-/packages/pypi/simple";
    await expectMessage(await routes.ask(group, basic(token)), 404, "404 Not Found");
    const guest = { "private-token": "glpat-guest-00000001" };
    await expectMessage(await routes.ask(simple, guest), 403, "403 Forbidden");
    await expectMessage(await routes.ask(`${simple}/none/`, basic(token)), 404, "404 Package Not Found");
    const file = simple.replace("simple", "files/0000/hello_acme-1.0.0-py3-none-any.whl");
    await expectMessage(await routes.ask(file, basic(token)), 404, "404 Package Not Found");
  });

  it("lists the packages, of a public project to everyone", async () => {
    const index = await (await routes.ask("/api/v4/projects/open%2Fdocs/packages/pypi/simple")).text();
    expect(index).toContain(
      `<a href="${routes.gitlab.url}/api/v4/projects/3/packages/pypi/simple/open-docs">`,
    );
  });
});
