import { beforeAll, describe, expect, it } from "vitest";
import { profile } from "../support/profile.js";
import { type ContractClient, clients } from "./clients.js";
import { useTarget } from "./target.js";

const used = useTarget();

describe.each(Object.keys(clients))("seen by %s", (name) => {
  describe.each(["project", "group"] as const)("a %s's deploy token", (kind) => {
    let client: ContractClient;
    let owner: { id: number; path: string };
    beforeAll(() => {
      client = (clients[name] as (typeof clients)[string])(used.target);
      owner = used.target[kind];
    });

    it("has its value in the response to its creation, and in no later response", async () => {
      const created = await client.create(kind, owner.id, { name: "value", scopes: ["read_registry"] });
      expect(created.token).toMatch(profile.prefix ? /^gldt-[A-Za-z0-9_-]{20}$/ : /^[A-Za-z0-9_-]{20}$/);
      expect(await client.get(kind, owner.id, created.id)).not.toHaveProperty("token");
      const listed = (await client.list(kind, owner.id)).find(({ id }) => id === created.id);
      expect(listed).toBeDefined();
      expect(listed).not.toHaveProperty("token");
    });

    it("is addressed by the owner's full path and by its id", async () => {
      const { id } = await client.create(kind, owner.path, { name: "by path", scopes: ["read_registry"] });
      expect(await client.get(kind, owner.id, id)).toEqual(await client.get(kind, owner.path, id));
    });

    it("has the username gitlab+deploy-token-<id> by default, or the one that is given", async () => {
      const without = await client.create(kind, owner.id, { name: "a", scopes: ["read_registry"] });
      expect(without.username).toBe(`gitlab+deploy-token-${without.id}`);
      const chosen = await client.create(kind, owner.id, {
        name: "a",
        scopes: ["read_registry"],
        username: "a.b+c_d-1",
      });
      // GitLab 12.9 accepts a username and ignores it.
      const ignored = profile.requiresExpiryAndUsername;
      expect(chosen.username).toBe(ignored ? `gitlab+deploy-token-${chosen.id}` : "a.b+c_d-1");
    });

    it("has a set of scopes, in GitLab's own order", async () => {
      const last = profile.scopes.at(-1) ?? "";
      const scopes = [last, "read_repository", profile.scopes[1] ?? "", "read_repository"];
      const created = await client.create(kind, owner.id, { name: "a", scopes });
      expect(created.scopes).toEqual([...new Set(["read_repository", profile.scopes[1], last])]);
    });

    it("never expires without a date; a date reads back in UTC with milliseconds", async () => {
      const never = await client.create(kind, owner.id, { name: "a", scopes: ["read_registry"] });
      expect(never.expiresAt).toBeUndefined();
      const date = await client.create(kind, owner.id, {
        name: "a",
        scopes: ["read_registry"],
        expiresAt: "2031-01-31",
      });
      expect(date.expiresAt).toBe("2031-01-31T00:00:00.000Z");
      const zoned = await client.create(kind, owner.id, {
        name: "a",
        scopes: ["read_registry"],
        expiresAt: "2031-01-31T02:00:00.9999+02:00",
      });
      expect(zoned.expiresAt).toBe("2031-01-31T00:00:00.999Z");
    });

    it("may share its name and username with others, and is listed by ascending id", async () => {
      const twin = { name: "twin", scopes: ["read_registry"], username: "twin" };
      const [first, second] = [
        await client.create(kind, owner.id, twin),
        await client.create(kind, owner.id, twin),
      ];
      expect(second.id).toBeGreaterThan(first.id);
      const ids = (await client.list(kind, owner.id)).map(({ id }) => id);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      expect(ids).toEqual(expect.arrayContaining([first.id, second.id]));
    });

    it("is gone after its deletion: a second deletion and a read fail", async () => {
      const { id } = await client.create(kind, owner.id, { name: "a", scopes: ["read_registry"] });
      await client.remove(kind, owner.id, id);
      await expect(client.get(kind, owner.id, id)).rejects.toThrow();
      await expect(client.remove(kind, owner.id, id)).rejects.toThrow();
      expect((await client.list(kind, owner.id)).map((token) => token.id)).not.toContain(id);
    });

    it("is listed to the last page", async () => {
      const before = (await client.list(kind, owner.id)).length;
      for (let count = 0; count < 105; count++) {
        await client.create(kind, owner.id, { name: `many ${count}`, scopes: ["read_registry"] });
      }
      expect(await client.list(kind, owner.id)).toHaveLength(before + 105);
    });

    it("is refused without a scope, and with an unknown scope", async () => {
      await expect(client.create(kind, owner.id, { name: "a", scopes: [] })).rejects.toThrow();
      await expect(client.create(kind, owner.id, { name: "a", scopes: ["READ_REGISTRY"] })).rejects.toThrow();
    });
  });

  it("a group's token is not its project's", async () => {
    const client = (clients[name] as (typeof clients)[string])(used.target);
    const { id } = await client.create("group", used.target.group.id, {
      name: "g",
      scopes: ["read_registry"],
    });
    await expect(client.get("project", used.target.project.id, id)).rejects.toThrow();
    expect((await client.list("project", used.target.project.id)).map((token) => token.id)).not.toContain(id);
  });
});
