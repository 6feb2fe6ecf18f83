import { describe, expect, it } from "vitest";
import { another, gitlab, useEmulator } from "../support/emulator.js";
import { tokens } from "../support/run.js";
import { ask, forbidden, project404, valid } from "./bench.js";

useEmulator();
const json = (body: object, method = "POST") => ({ method, json: body });

describe("changes outside the API", () => {
  it("a seed has deploy tokens, and a reset restores them", async () => {
    const seed = {
      groups: [{ path: "g" }],
      deployTokens: [{ group: "g", name: "one", scopes: ["read_registry"], expiresAt: "2031-01-31" }],
    };
    const emulator = await another({ seed });
    emulator.deleteDeployToken(1);
    expect(emulator.deployTokens()).toEqual([]);
    expect(() => emulator.deleteDeployToken(1)).toThrow("no deploy token 1");
    expect(() => emulator.revoke(1)).toThrow("no deploy token 1");
    emulator.reset();
    expect(emulator.deployTokens()).toMatchObject([{ id: 1, name: "one", kind: "group" }]);
  });

  it("an owner is deleted with its tokens, or the tokens stay, as before 17.3", async () => {
    const all = () => ask("/deploy_tokens", { token: tokens.administrator });
    gitlab.createDeployToken({ project: "acme/app", ...valid });
    gitlab.createDeployToken({ project: "acme/tools", ...valid });
    gitlab.deleteOwner("project", "acme/app", { keepsTokens: true });
    expect(await ask("/projects/1/deploy_tokens/1")).toMatchObject(project404);
    expect((await all()).body).toHaveLength(2);
    gitlab.deleteOwner("project", "acme/tools");
    expect((await all()).body).toMatchObject([{ id: 1 }]);
    expect(() => gitlab.deleteOwner("group", "none")).toThrow("no group none");
  });

  it("a project cannot move to another's path", () => {
    expect(() => gitlab.move("project", "acme/app", "acme/tools")).toThrow("there is a project acme/tools");
  });

  it("a restored token keeps its id; the list is in order, and the next id is above", async () => {
    const first = gitlab.createDeployToken({ project: "acme/app", ...valid });
    gitlab.store.restoreDeployToken({ ...first, id: 50 });
    gitlab.store.deployTokens.delete(first.id);
    gitlab.store.restoreDeployToken(first);
    const { id } = gitlab.createDeployToken({ project: "acme/app", ...valid });
    const { body } = await ask("/projects/1/deploy_tokens");
    expect((body as { id: number }[]).map((each) => each.id)).toEqual([1, 50, id]);
    expect(id).toBe(51);
  });

  it("a group over its limit creates no tokens, but deletes them", async () => {
    gitlab.seed({ groups: [{ path: "full", overLimit: true, members: { olivia: "owner" } }] });
    const { id } = gitlab.createDeployToken({ group: "full", ...valid });
    expect(await ask("/groups/full/deploy_tokens", json(valid))).toMatchObject(forbidden);
    expect((await ask(`/groups/full/deploy_tokens/${id}`, { method: "DELETE" })).status).toBe(204);
  });

  it("the log has the time, and no token that was sent by mistake", async () => {
    await gitlab.clock.set("2027-01-01T00:00:00Z");
    const { token } = gitlab.createDeployToken({ project: "acme/app", ...valid });
    const older = "aaaaaaaaaaaaaaaaaaaa";
    gitlab.store.restoreDeployToken({ ...gitlab.deployTokens()[0], token: older } as never);
    await ask(`/groups/${token}`, { headers: { "deploy-token": token, "x-other": `${token} ${older}` } });
    await ask("/projects/1/deploy_tokens", json({ ...valid, name: `${older} of global-registry-tokens` }));
    await ask("/version", { method: "POST", body: `private_token=${tokens.owner}&x=${older}` });
    const [first, second, third] = gitlab.requests;
    expect(first?.at).toEqual(new Date("2027-01-01T00:00:00Z"));
    expect(first).toMatchObject({
      path: "/api/v4/groups/[secret]",
      headers: { "deploy-token": "[secret]", "x-other": "[secret] [secret]" },
    });
    expect(second?.body).toMatchObject({ name: "[secret] of global-registry-tokens" });
    expect(third?.body).toBe("private_token=[secret]&x=[secret]");
  });
});

describe("projects and groups by the API", () => {
  it("are created with the right role, and refused with GitLab's message otherwise", async () => {
    const refused = (path: string, body: object, token?: string) =>
      ask(path, { ...json(body), ...(token === undefined ? {} : { token }) });
    expect(await refused("/projects", { name: "x", namespace_id: 1 }, tokens.outsider)).toMatchObject({
      status: 404,
      body: { message: "404 Namespace Not Found" },
    });
    expect(await refused("/groups", { name: "x", path: "x", parent_id: 1 }, tokens.outsider)).toMatchObject({
      status: 404,
      body: { message: "404 Group Not Found" },
    });
    expect(await refused("/groups", { name: "x", path: "x", parent_id: 1 }, tokens.developer)).toMatchObject(
      forbidden,
    );
    expect((await refused("/projects", {})).body).toEqual({
      error: "name, path are missing, at least one parameter must be provided",
    });
    expect((await refused("/groups", {})).body).toEqual({ error: "name is missing, path is missing" });
    expect((await refused("/projects", { name: "x", visibility: "secret" })).body).toEqual({
      error: "visibility does not have a valid value",
    });
    expect((await refused("/groups", { name: "a", path: "ACME" })).body).toEqual({
      message: 'Failed to save group {:path=>["has already been taken"]}',
    });
    expect((await refused("/projects", { path: "app", namespace_id: 1 })).body).toEqual({
      message: { name: ["has already been taken"], path: ["has already been taken"] },
    });
  });

  it("give the creator of a project in a group no higher role than in the group", async () => {
    const { body } = await ask("/projects", {
      ...json({ name: "My Tool", namespace_id: 1 }),
      token: tokens.developer,
    });
    expect(body).toMatchObject({ name: "My Tool", path_with_namespace: "acme/my-tool" });
    const { id } = body as { id: number };
    expect(await ask(`/projects/${id}/deploy_tokens`, { token: tokens.developer })).toMatchObject(forbidden);
    const { body: sub } = await ask("/groups", {
      ...json({ name: "Sub", path: "sub", parent_id: 1, visibility: "internal" }),
      token: tokens.maintainer,
    });
    expect(sub).toMatchObject({ visibility: "internal" });
    const path = `/groups/${(sub as { id: number }).id}/deploy_tokens`;
    expect((await ask(path, { ...json(valid), token: tokens.maintainer })).status).toBe(201);
  });

  it("are renamed by owners, to an unused path; a new path keeps the name", async () => {
    const put = (body: object, token: string = tokens.owner) =>
      ask("/projects/1", { ...json(body, "PUT"), token });
    expect(await put({ path: "x" }, tokens.maintainer)).toMatchObject(forbidden);
    expect((await put({ name: "App" }, tokens.maintainer)).body).toMatchObject({ name: "App", path: "app" });
    expect((await put({ path: "tools" })).status).toBe(400);
    expect((await put({ path: "APP" })).body).toMatchObject({ path: "APP" });
    expect((await put({ path: "new" })).body).toMatchObject({ name: "App", path: "new" });
  });

  it("of a user's namespace have the kind user, and lists refuse an unknown order", async () => {
    expect((await ask("/projects/olivia%2Fnotes")).body).toMatchObject({
      name_with_namespace: "olivia / notes",
      namespace: { id: -2, kind: "user", full_path: "olivia" },
    });
    expect((await ask("/projects?sort=up")).body).toEqual({ error: "sort does not have a valid value" });
  });
});
