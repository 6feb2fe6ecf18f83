import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { gitCredentialsUrl } from "../../provider/index.js";
import { start } from "../../provider/testing/index.js";
import { known } from "../support/pulumi.js";
import { basic, deaths, mortal, useRoutes } from "./clients";

const files = { "README.md": "hello\n", "a folder/ünïcode.txt": "no line break" };
const routes = useRoutes({
  groups: [{ path: "acme" }, { path: "acme/platform" }, { path: "open", visibility: "public" }],
  projects: [
    { path: "acme/app", files },
    { path: "acme/platform/images", files },
    { path: "acme/empty" },
    { path: "open/docs", visibility: "public", files },
  ],
});
const address = (path: string) => `${routes.gitlab.url}/${path}.git`;
const refs = (path: string, headers?: Record<string, string>, service = "git-upload-pack") =>
  routes.ask(`/${path}.git/info/refs?service=${service}`, headers);
const read = { project: "acme/app" };
const denied = () =>
  "HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password. If a token was provided, it was either incorrect, expired, or improperly scoped. " +
  `See ${routes.gitlab.url}/help/topics/git/troubleshooting_git.md#error-on-git-fetch-http-basic-access-denied`;
const missing =
  "The project you were looking for could not be found or you don't have permission to view it.";

async function expectPlain(answer: Response, status: number, text: string) {
  expect([answer.status, await answer.text()]).toEqual([status, text]);
  expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
}

describe("git clone", () => {
  it("gets the repository with a line of .git-credentials, of a project's token and of its group's", async () => {
    const own = routes.make(read, "read_repository");
    const group = routes.make({ group: "acme" }, "read_repository", "read_registry");
    for (const [token, path] of [
      [own, "acme/app"],
      [group, "acme/app"],
      [group, "acme/platform/images"],
    ] as const) {
      const line = await known(gitCredentialsUrl(routes.source(token)));
      const { code, stderr, folder } = await routes.readers.clone(address(path), line);
      expect([code, stderr]).toEqual([0, ""]);
      for (const [name, text] of Object.entries(files)) {
        expect(readFileSync(join(folder, name), "utf8")).toBe(text);
      }
    }
  });

  it("gets the repository by a URL with user name and value", async () => {
    const token = routes.make({ group: "acme" }, "read_repository");
    const url = await known(gitCredentialsUrl(routes.source(token), { project: "acme/platform/images" }));
    const { code, folder } = await routes.readers.cloneUrl(url);
    expect(code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual([".git", "README.md", "a folder"]);
  });

  it("needs no token for a public project, and follows a project that was moved", async () => {
    expect((await routes.readers.clone(address("open/docs"), "")).code).toBe(0);
    routes.gitlab.move("project", "open/docs", "open/manual");
    expect((await routes.readers.clone(address("open/docs"), "")).code).toBe(0);
  });

  it.each(deaths)("is refused with a token that is %s", async (_, kill) => {
    const token = routes.gitlab.createDeployToken({ ...read, ...mortal, scopes: ["read_repository"] });
    const line = await known(gitCredentialsUrl(routes.source(token)));
    expect((await routes.readers.clone(address("acme/app"), line)).code).toBe(0);
    kill(routes.gitlab, token);
    const { code, stderr, folder } = await routes.readers.clone(address("acme/app"), line);
    expect(code).toBe(128);
    expect(stderr).toContain(`remote: ${denied()}`);
    expect(existsSync(folder)).toBe(false);
    const answer = await refs("acme/app", basic(token));
    expect(answer.headers.get("www-authenticate")).toBe('Basic realm="GitLab"');
    await expectPlain(answer, 401, denied());
  });

  it("is refused with a token of another scope", async () => {
    const token = routes.make(read, "read_registry", "read_package_registry");
    const line = await known(gitCredentialsUrl(routes.source(token)));
    const { code, stderr } = await routes.readers.clone(address("acme/app"), line);
    expect([code, stderr]).toEqual([128, expect.stringContaining("You are not allowed to download code.")]);
    for (const path of ["acme/app", "open/docs"]) {
      const own = routes.make({ project: path }, "read_registry");
      await expectPlain(await refs(path, basic(own)), 403, "You are not allowed to download code.");
    }
  });

  it("is refused with a token of package scopes only, which cannot log in", async () => {
    const token = routes.make(read, "read_package_registry", "write_package_registry");
    const line = await known(gitCredentialsUrl(routes.source(token)));
    const { code, stderr } = await routes.readers.clone(address("acme/app"), line);
    expect([code, stderr]).toEqual([128, expect.stringContaining("HTTP Basic: Access denied.")]);
    expect((await refs("acme/app", basic(token))).status).toBe(401);
  });
});

describe("Git over HTTP", () => {
  it("answers 401 to an unknown token or user, and does not reveal which projects exist", async () => {
    const token = routes.make(read, "read_repository");
    const wrongName = { ...token, username: "somebody" };
    const answers = [
      await refs("acme/app"),
      await refs("acme/nothing"),
      await refs("acme/app", basic(wrongName)),
      await refs("acme/platform/images", basic(token)),
      await refs("open/docs", basic({ ...token, token: "gldt-wrong" })),
      await refs("acme/app", { authorization: "Basic bm9jb2xvbg==" }),
    ];
    for (const answer of answers) await expectPlain(answer, 401, denied());
  });

  it("answers 404 if a valid token finds no project or no repository", async () => {
    const token = routes.make({ group: "acme" }, "read_repository");
    await expectPlain(await refs("acme/nothing", basic(token)), 404, missing);
    const none = "A repository for this project does not exist yet.";
    await expectPlain(await refs("acme/empty", basic(token)), 404, none);
  });

  it("refuses a push and any other service", async () => {
    const token = routes.make(read, "read_repository");
    const push = await refs("acme/app", basic(token), "git-receive-pack");
    await expectPlain(push, 403, "You are not allowed to upload code.");
    const archive = await refs("acme/app", basic(token), "git-upload-archive");
    await expectPlain(archive, 403, "The command you're trying to execute is not allowed.");
    expect((await refs("open/docs", {}, "git-receive-pack")).status).toBe(401);
  });

  it("keeps no folder after the emulator's reset and end, and no credential in its log", async () => {
    const temporary = join(routes.readers.folder, "temporary");
    mkdirSync(temporary);
    vi.stubEnv("TMPDIR", temporary);
    const other = await start({ seed: { groups: [{ path: "g" }], projects: [{ path: "g/p", files }] } });
    const ask = async () => {
      const token = other.createDeployToken({ project: "g/p", name: "t", scopes: ["read_repository"] });
      const url = `${other.url}/g/p.git/info/refs?service=git-upload-pack`;
      expect((await fetch(url, { headers: basic(token) })).status).toBe(200);
      expect(JSON.stringify(other.requests)).not.toContain(token.token);
      expect(other.requests[0]?.headers["authorization"]).toBe("[secret]");
      expect(readdirSync(temporary)).toHaveLength(1);
    };
    await ask();
    other.reset();
    expect(readdirSync(temporary)).toEqual([]);
    await ask();
    await other.close();
    expect(readdirSync(temporary)).toEqual([]);
    vi.unstubAllEnvs();
  });
});
