import { randomBytes } from "node:crypto";
import {
  type AccessToken,
  type DeployToken,
  type Group,
  type Namespace,
  type Project,
  type Role,
  roles,
  type User,
} from "./entities.js";
import type { OwnerSeed, Seed } from "./seed.js";

export type Owner = Group | Project;

export type NewDeployToken = Omit<DeployToken, "id" | "token" | "revoked">;

/** Everything that the emulated GitLab holds. */
export class Store {
  readonly users: User[] = [];
  readonly accessTokens = new Map<string, AccessToken>();
  readonly groups = new Map<number, Group>();
  readonly projects = new Map<number, Project>();
  readonly deployTokens = new Map<number, DeployToken>();
  /** Old path of a project → its id: GitLab's redirect routes. */
  readonly redirects = new Map<string, number>();
  private readonly lastId = { group: 0, project: 0, deployToken: 0 };

  add(seed: Seed): void {
    for (const { username, admin = false, blocked, tokens = [] } of seed.users ?? []) {
      const user: User = { id: this.users.length + 1, username, admin, blocked };
      this.users.push(user);
      for (const { value, scopes = ["api"], state = "active" } of tokens) {
        this.accessTokens.set(value, { value, user, scopes, state });
      }
    }
    for (const group of seed.groups ?? []) this.addGroup(group);
    for (const project of seed.projects ?? []) this.addProject(project);
  }

  addGroup(seed: OwnerSeed): Group {
    const group: Group = { ...this.namespace(seed, ++this.lastId.group), kind: "group" };
    this.groups.set(group.id, group);
    return group;
  }

  addProject(seed: OwnerSeed): Project {
    const project: Project = {
      ...this.namespace(seed, ++this.lastId.project),
      kind: "project",
      pendingDelete: false,
    };
    this.projects.set(project.id, project);
    // A path that is taken over redirects no longer.
    this.redirects.delete(project.path.toLowerCase());
    return project;
  }

  private namespace(seed: OwnerSeed, id: number): Namespace {
    const members = Object.entries(seed.members ?? {}).map(([username, role]) => {
      const user = this.users.find((each) => each.username === username);
      if (user === undefined) throw new RangeError(`seed: ${seed.path} names an unknown user ${username}`);
      return [user.id, role] as const;
    });
    return {
      id,
      path: seed.path,
      name: seed.path.slice(seed.path.lastIndexOf("/") + 1),
      visibility: seed.visibility ?? "private",
      archived: seed.archived ?? false,
      restricted: seed.restricted ?? false,
      members: new Map(members),
    };
  }

  /** By integer id or full path, as `find_project` and `find_group` take it. */
  find(kind: "project", id: string): Project | undefined;
  find(kind: "group", id: string): Group | undefined;
  find(kind: "project" | "group", id: string): Owner | undefined;
  find(kind: "project" | "group", id: string): Owner | undefined {
    const owners: Map<number, Owner> = kind === "project" ? this.projects : this.groups;
    if (/^-?\d+$/.test(id)) return owners.get(Number(id));
    return [...owners.values()].find((owner) => owner.path.toLowerCase() === id.toLowerCase());
  }

  /** A project by a path that it had before. */
  findMoved(path: string): Project | undefined {
    const id = this.redirects.get(path.toLowerCase());
    return id === undefined ? undefined : this.projects.get(id);
  }

  move(owner: Owner, path: string): void {
    const from = owner.path;
    for (const each of [...this.projects.values(), ...this.groups.values()]) {
      const inside = owner.kind === "group" && each.path.startsWith(`${from}/`);
      if (each !== owner && !inside) continue;
      const old = each.path;
      each.path = path + old.slice(from.length);
      if (each.kind === "project") {
        this.redirects.set(old.toLowerCase(), each.id);
        this.redirects.delete(each.path.toLowerCase());
      }
    }
    owner.name = path.slice(path.lastIndexOf("/") + 1);
  }

  delete(owner: Owner, cascades: boolean): void {
    const gone: Owner[] =
      owner.kind === "project"
        ? [owner]
        : [...this.groups.values(), ...this.projects.values()].filter(
            (each) => each === owner || each.path.startsWith(`${owner.path}/`),
          );
    for (const each of gone) {
      (each.kind === "project" ? this.projects : this.groups).delete(each.id);
      for (const [path, id] of this.redirects) {
        if (each.kind === "project" && id === each.id) this.redirects.delete(path);
      }
      if (!cascades) continue;
      for (const token of this.tokensOf(each)) this.deployTokens.delete(token.id);
    }
  }

  tokensOf(owner: Owner): DeployToken[] {
    return [...this.deployTokens.values()].filter(
      (token) => token.kind === owner.kind && token.ownerId === owner.id,
    );
  }

  /** A row as another GitLab had it, its id included. */
  restoreDeployToken(token: DeployToken): void {
    this.deployTokens.set(token.id, token);
    this.lastId.deployToken = Math.max(this.lastId.deployToken, token.id);
  }

  addDeployToken(row: NewDeployToken, prefix: boolean): DeployToken {
    const id = ++this.lastId.deployToken;
    const random = randomBytes(15).toString("base64url");
    const token: DeployToken = { ...row, id, revoked: false, token: prefix ? `gldt-${random}` : random };
    this.deployTokens.set(id, token);
    return token;
  }

  /** The user's role, inherited from the groups above; an administrator is an owner everywhere. */
  role(user: User | undefined, owner: Owner): number {
    if (user === undefined) return 0;
    if (user.admin) return roles.owner;
    const above = [...this.groups.values()].filter((group) => owner.path.startsWith(`${group.path}/`));
    const own = owner.path.startsWith(`${user.username}/`) ? [roles.owner as number] : [];
    const levels = [owner, ...above].map((each) => level(each.members.get(user.id)));
    return Math.max(0, ...own, ...levels);
  }

  sees(user: User | undefined, owner: Owner): boolean {
    if (owner.restricted || (owner.kind === "project" && owner.pendingDelete)) return false;
    if (owner.visibility === "public" || this.role(user, owner) > 0) return true;
    if (owner.visibility === "internal" && user !== undefined) return true;
    // Who is a member somewhere below sees the group.
    return (
      owner.kind === "group" &&
      [...this.projects.values()].some(
        (project) => project.path.startsWith(`${owner.path}/`) && this.role(user, project) > 0,
      )
    );
  }
}

function level(role: Role | undefined): number {
  return role === undefined ? 0 : roles[role];
}
