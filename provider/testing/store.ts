import { randomBytes } from "node:crypto";
import type {
  AccessToken,
  DeployToken,
  Group,
  Namespace,
  Owner,
  Package,
  Project,
  Role,
  User,
  Variable,
} from "./entities.js";
import { toInteger } from "./parameters.js";
import type { AccessTokenSeed, GroupSeed, OwnerSeed, PackageSeed, ProjectSeed, Seed } from "./seed.js";

type NewDeployToken = Omit<DeployToken, "id" | "token" | "revoked">;

/** All data of the emulated GitLab. The rules of access are in access.ts. */
export class Store {
  readonly users: User[] = [];
  readonly accessTokens = new Map<string, AccessToken>();
  readonly groups = new Map<number, Group>();
  readonly projects = new Map<number, Project>();
  readonly deployTokens = new Map<number, DeployToken>();
  readonly variables = new Set<Variable>();
  /** Old path of a project → its id: GitLab's redirect routes. */
  readonly redirects = new Map<string, number>();
  private lastId = { group: 0, project: 0, deployToken: 0 };

  /** The value of the next deploy token, without its prefix. */
  newValue = (): string => randomBytes(15).toString("base64url");

  /** A copy of the state and the next ids. Later changes of the one do not affect the other. */
  copy(): Store {
    const store = new Store();
    store.newValue = this.newValue;
    store.users.push(...this.users);
    for (const [value, token] of this.accessTokens) store.accessTokens.set(value, token);
    for (const group of this.groups.values()) {
      store.groups.set(group.id, { ...group, members: new Map(group.members) });
    }
    for (const project of this.projects.values()) {
      const { members, packages } = project;
      const copy = { ...project, members: new Map(members), packages: [...packages] };
      store.projects.set(project.id, copy);
    }
    for (const token of this.deployTokens.values()) store.deployTokens.set(token.id, { ...token });
    for (const variable of this.variables) store.variables.add({ ...variable });
    for (const [path, id] of this.redirects) store.redirects.set(path, id);
    store.lastId = { ...this.lastId };
    return store;
  }

  /** Users, groups and projects. by-hand.ts adds the seed's deploy tokens, because it knows the version's scopes. */
  add(seed: Seed): void {
    for (const { username, admin = false, blocked, dpop = false, tokens = [] } of seed.users ?? []) {
      const user = this.addUser({ username, admin, blocked, dpop });
      for (const token of tokens) this.addAccessToken(user, token);
    }
    for (const group of seed.groups ?? []) this.addGroup(group);
    for (const project of seed.projects ?? []) this.addProject(project);
  }

  private addUser(given: Omit<User, "id">): User {
    const user: User = { id: this.users.length + 1, ...given };
    this.users.push(user);
    return user;
  }

  private addAccessToken(user: User, seed: AccessTokenSeed): void {
    const { value, scopes = ["api"], state = "active", oauth = false, grants } = seed;
    // A seed may come from a file of JSON.
    if (typeof value !== "string") {
      throw new RangeError(`seed: an access token of ${user.username} has no value`);
    }
    this.accessTokens.set(value, { value, user, scopes, state, oauth, grants });
  }

  /** The groups above it must exist. */
  addGroup(seed: GroupSeed): Group {
    const group: Group = {
      ...this.namespace("group", seed, ++this.lastId.group),
      kind: "group",
      enforcesFineGrainedTokens: seed.enforcesFineGrainedTokens ?? false,
    };
    this.groups.set(group.id, group);
    return group;
  }

  /** The groups above it must exist. */
  addProject(seed: ProjectSeed): Project {
    const project: Project = {
      ...this.namespace("project", seed, ++this.lastId.project),
      kind: "project",
      pendingDelete: false,
      repositoryEnabled: seed.repositoryEnabled ?? true,
      files: seed.files,
      packages: (seed.packages ?? []).map(packageOf),
      imageTags: seed.imageTags ?? [],
    };
    this.projects.set(project.id, project);
    // A path redirects no longer once another project has it.
    this.redirects.delete(project.path.toLowerCase());
    return project;
  }

  private namespace(kind: "project" | "group", seed: OwnerSeed, id: number): Namespace {
    if (typeof seed.path !== "string") throw new RangeError(`seed: a ${kind} has no path`);
    const members = Object.entries(seed.members ?? {}).map(([username, role]): [number, Role] => {
      const user = this.users.find((each) => each.username === username);
      if (user === undefined) throw new RangeError(`seed: ${seed.path} names an unknown user ${username}`);
      return [user.id, role];
    });
    for (const [index, { role = "maintainer", ...token }] of (seed.tokens ?? []).entries()) {
      const bot = this.addUser({
        username: `${kind}_${id}_bot_${index + 1}`,
        admin: false,
        blocked: undefined,
        dpop: false,
      });
      this.addAccessToken(bot, token);
      members.push([bot.id, role]);
    }
    return {
      id,
      path: seed.path,
      name: lastPart(seed.path),
      visibility: seed.visibility ?? "private",
      archived: seed.archived ?? false,
      restricted: seed.restricted ?? false,
      overLimit: seed.overLimit ?? false,
      markedForDeletionOn: seed.markedForDeletionOn ?? null,
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
    // Only groups are also found by every text that Ruby reads as an integer.
    const integer = kind === "group" ? toInteger(id) : undefined;
    if (integer !== undefined) return owners.get(integer);
    return [...owners.values()].find((owner) => owner.path.toLowerCase() === id.toLowerCase());
  }

  /** A project by a path that it had before. */
  findMoved(path: string): Project | undefined {
    const id = this.redirects.get(path.toLowerCase());
    return id === undefined ? undefined : this.projects.get(id);
  }

  /** Renames or transfers an owner, with everything below a group. */
  move(owner: Owner, path: string): void {
    const from = owner.path;
    const taken = this.find(owner.kind, path);
    if (taken !== undefined && taken !== owner) throw new RangeError(`there is a ${owner.kind} ${path}`);
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
    owner.name = lastPart(path);
  }

  /** Delayed deletion: the owner gets another path, and its numeric id still works. */
  scheduleDeletion(owner: Owner, on: string): void {
    this.move(owner, `${owner.path}-deletion_scheduled-${owner.id}`);
    owner.markedForDeletionOn = on;
  }

  /** Deletes an owner, with everything below a group. Without `cascades` the tokens stay, as before 17.3. */
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
      for (const variable of this.variablesOf(each)) this.variables.delete(variable);
      if (!cascades) continue;
      for (const token of this.tokensOf(each)) this.deployTokens.delete(token.id);
    }
  }

  /** The deploy tokens of a project or group. */
  tokensOf(owner: Owner): DeployToken[] {
    return [...this.deployTokens.values()].filter(
      (token) => token.kind === owner.kind && token.ownerId === owner.id,
    );
  }

  /** A project's CI/CD variables. */
  variablesOf(owner: Owner): Variable[] {
    const isProject = owner.kind === "project";
    return [...this.variables].filter(({ projectId }) => isProject && projectId === owner.id);
  }

  /** Adds a row of another GitLab with its id. */
  restoreDeployToken(token: DeployToken): void {
    this.deployTokens.set(token.id, token);
    this.lastId.deployToken = Math.max(this.lastId.deployToken, token.id);
  }

  /** Adds a deploy token with a new value. */
  addDeployToken(row: NewDeployToken, prefix: string): DeployToken {
    const id = ++this.lastId.deployToken;
    const token = `${prefix}${this.newValue()}`;
    const deployToken: DeployToken = { ...row, id, revoked: false, token };
    this.deployTokens.set(id, deployToken);
    return deployToken;
  }
}

function packageOf({ content, ...rest }: PackageSeed): Package {
  const { type, name, version } = rest;
  const wheel = `${name.replace(/[-_.]+/g, "_")}-${version}-py3-none-any.whl`;
  const fileName = type === "npm" ? `${name}-${version}.tgz` : wheel;
  return { ...rest, fileName, content: Buffer.from(content, "base64") };
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
