import { afterEach, describe, expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { raw } from "./raw.js";
import { emulatorOnly, isReal, useTarget, body as whole } from "./target.js";

const used = useTarget();
afterEach(() => {
  if (!isReal) used.emulator.reset();
});

interface Login {
  readonly username: string;
  readonly token: string;
}

async function make(path: string, ...scopes: string[]): Promise<Login> {
  const { body } = await raw(used.target, `${path}/deploy_tokens`, {
    method: "POST",
    json: whole({ name: "login", scopes }),
  });
  return body as Login;
}

const basic = ({ username, token }: Login) =>
  `Basic ${Buffer.from(`${username}:${token}`).toString("base64")}`;
/** @param login left out: anonymous */
const ask = async (path: string, login?: Login) => {
  const headers: Record<string, string> = login === undefined ? {} : { authorization: basic(login) };
  const response = await fetch(`${used.target.url}${path}`, { headers });
  return { status: response.status, text: await response.text() };
};
const refs = (path: string) => `/${path}.git/info/refs?service=git-upload-pack`;
const registry = (path: string, actions: string) =>
  `/jwt/auth?service=container_registry&scope=repository:${path}:${actions}`;
/** Header and claims of the JSON Web Token in an answer. */
const jwtOf = ({ text }: { text: string }) => {
  const { token } = JSON.parse(text) as { token: string };
  const [header, claims] = token
    .split(".", 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>);
  return { token, header, claims };
};
const grants = (answer: { text: string }): unknown => jwtOf(answer).claims?.["access"];
const hasPackages = profile.scopes.includes("read_package_registry");

describe.runIf(hasPackages)("a deploy token with package scopes only", () => {
  const scopes = ["read_package_registry", "write_package_registry"];

  it("does not log in for Git: 401", async () => {
    const { project } = used.target;
    expect(await ask(refs(project.path), await make(`/projects/${project.id}`, ...scopes))).toEqual({
      status: 401,
      text: expect.stringContaining("HTTP Basic: Access denied"),
    });
  });

  it("does not log in for the container registry: 401 with the link to two-factor troubleshooting", async () => {
    const { project } = used.target;
    const { status, text } = await ask(
      registry(project.path, "pull"),
      await make(`/projects/${project.id}`, ...scopes),
    );
    expect(status).toBe(401);
    expect(JSON.parse(text)).toEqual({
      errors: [
        {
          code: "UNAUTHORIZED",
          message: expect.stringMatching(/two_factor_authentication_troubleshooting\.md#error-http-basic/),
        },
      ],
    });
  });
});

describe.skipIf(isReal)(
  emulatorOnly("the registry's login", "it needs an archived and a doomed project"),
  () => {
    const scopes = ["read_registry", "write_registry"].filter((scope) => profile.scopes.includes(scope));
    const actions = scopes.length === 2 ? ["pull", "push"] : ["pull"];
    const meta = { project_path: "acme/tools", project_id: 2, root_namespace_id: 1 };
    const entry = { type: "repository", name: "acme/tools", meta };

    it("names the project in meta, and grants what the scopes allow", async () => {
      const login = await make("/groups/1", ...scopes);
      expect(grants(await ask(registry("acme/tools", "pull,push"), login))).toEqual([{ ...entry, actions }]);
    });

    it.each([{ archived: true }, { markedForDeletionOn: "2027-01-01" }])(
      "grants no push to a project with %j",
      async (state) => {
        const login = await make("/groups/1", ...scopes);
        Object.assign(used.emulator.store.projects.get(2) ?? {}, state);
        const answer = await ask(registry("acme/tools", "pull,push"), login);
        expect(grants(answer)).toEqual([{ ...entry, actions: ["pull"] }]);
      },
    );
  },
);

describe("the dependency proxy's login", () => {
  const login = "/jwt/auth?service=dependency_proxy";
  const group = () => `/groups/${used.target.group.id}`;
  const pairs = [
    ["read_registry", "write_registry"],
    ["read_virtual_registry", "write_virtual_registry"],
  ].filter((pair) => pair.every((scope) => profile.scopes.includes(scope)));

  it.runIf(profile.dependencyProxyLogin).each(pairs)(
    "signs its own JSON Web Token for a group's deploy token with %s and %s",
    async (...scopes) => {
      const token = await make(group(), ...scopes);
      const answer = await ask(login, token);
      expect(answer.status).toBe(200);
      const { header, claims } = jwtOf(answer);
      expect(header).toEqual({ typ: "JWT", alg: "HS256" });
      expect(claims).toMatchObject({ deploy_token: token.token, exp: Number(claims?.["iat"]) + 300 });
      expect(claims).not.toHaveProperty("access");
    },
  );

  it.runIf(profile.dependencyProxyLogin)("names the service if the client names a scope", async () => {
    const token = await make(group(), "read_registry", "write_registry");
    const image = (path: string) => `${login}&scope=repository:${used.target.group.path}/${path}:pull`;
    const typeOf = async (path: string) => jwtOf(await ask(path, token)).claims?.["service_type"];
    expect(await typeOf(login)).toBeUndefined();
    expect(await typeOf(image("dependency_proxy/containers/alpine"))).toBe("dependency_proxy");
    expect(await typeOf(image("virtual_registries/container/1/alpine"))).toBe("virtual_registry");
  });

  const refused = {
    status: 403,
    text: JSON.stringify({ message: "access forbidden", status: "error", http_status: 403 }),
  };

  it.runIf(profile.dependencyProxyLogin)("refuses a project's deploy token with 403", async () => {
    const token = await make(`/projects/${used.target.project.id}`, "read_registry", "write_registry");
    expect(await ask(login, token)).toEqual(refused);
  });

  const halves = [
    ["read_registry"],
    ["write_registry", "read_repository"],
    ["read_registry", "write_virtual_registry"],
    ["read_virtual_registry", "read_repository"],
  ].filter((scopes) => scopes.every((scope) => profile.scopes.includes(scope)));

  it.runIf(profile.dependencyProxyLogin).each(halves.map((scopes) => [scopes]))(
    "refuses half of a pair of scopes with 403: %j",
    async (scopes) => {
      expect(await ask(login, await make(group(), ...scopes))).toEqual(refused);
    },
  );

  it.runIf(profile.dependencyProxyLogin)("refuses a client without credentials with 403", async () => {
    expect(await ask(login)).toEqual(refused);
  });

  it.runIf(hasPackages)("refuses a deploy token with package scopes only with 401", async () => {
    expect(await ask(login, await make(group(), "read_package_registry"))).toMatchObject({
      status: 401,
      text: expect.stringContaining("two_factor_authentication_troubleshooting.md#error-http-basic"),
    });
  });

  it.skipIf(profile.dependencyProxyLogin)("does not exist before GitLab 14.1: 404", async () => {
    expect((await ask(login, await make(group(), "read_registry"))).status).toBe(404);
  });

  it("is the only other service: any other name is not found", async () => {
    const token = await make(group(), "read_registry");
    expect(await ask("/jwt/auth?service=package_registry", token)).toEqual({ status: 404, text: "" });
  });

  const title = emulatorOnly("of the emulator", "it needs the registry's address and a revoked token");
  describe.runIf(profile.dependencyProxyLogin && !isReal)(title, () => {
    it("signs with a key that the container registry does not accept", async () => {
      const token = await make(group(), "read_registry", "write_registry");
      const open = async (jwt: string) =>
        (await fetch(`${used.target.url}/v2/`, { headers: { authorization: `Bearer ${jwt}` } })).status;
      const other = jwtOf(await ask(registry("acme/tools", "pull"), token));
      expect(await open(other.token)).toBe(200);
      expect(await open(jwtOf(await ask(login, token)).token)).toBe(401);
    });

    it("refuses a revoked deploy token with 401", async () => {
      const scopes = ["read_registry", "write_registry"];
      const { id } = used.emulator.createDeployToken({ group: "acme", name: "t", username: "u", scopes });
      const token = used.emulator.deployTokens()[0]?.token ?? "";
      expect((await ask(login, { username: "u", token })).status).toBe(200);
      used.emulator.revoke(id);
      expect((await ask(login, { username: "u", token })).status).toBe(401);
    });
  });
});
