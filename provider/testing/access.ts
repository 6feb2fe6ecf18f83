import {
  type DeployToken,
  type Group,
  type Owner,
  type Project,
  type Role,
  roles,
  type User,
} from "./entities.js";
import type { Store } from "./store.js";

/** The user's role as a member, inherited from the groups above. A user owns the projects of their namespace. */
export function membership(store: Store, user: User | undefined, owner: Owner): number {
  if (user === undefined) return 0;
  const above = groupsAbove(store, owner);
  const own = owner.path.startsWith(`${user.username}/`) ? [roles.owner as number] : [];
  const levels = [owner, ...above].map((each) => level(each.members.get(user.id)));
  return Math.max(0, ...own, ...levels);
}

/** The effective role: an administrator is an owner everywhere. */
export function roleOf(store: Store, user: User | undefined, owner: Owner): number {
  return user?.admin === true ? roles.owner : membership(store, user, owner);
}

/** `read_project` and `read_group`. */
export function sees(store: Store, user: User | undefined, owner: Owner): boolean {
  if (owner.restricted || (owner.kind === "project" && owner.pendingDelete)) return false;
  if (owner.visibility === "public" || roleOf(store, user, owner) > 0) return true;
  if (owner.visibility === "internal" && user !== undefined) return true;
  // A member of a project or group below sees the group.
  const below = owner.kind === "group" ? [...store.projects.values(), ...store.groups.values()] : [];
  return below.some((each) => each.path.startsWith(`${owner.path}/`) && membership(store, user, each) > 0);
}

/** Archived itself, or below an archived group. */
export function isArchived(store: Store, owner: Owner): boolean {
  return owner.archived || groupsAbove(store, owner).some((group) => group.archived);
}

/** Scheduled for deletion itself, or below a group that is. */
export function isMarkedForDeletion(store: Store, owner: Owner): boolean {
  return [owner, ...groupsAbove(store, owner)].some((each) => each.markedForDeletionOn !== null);
}

function groupsAbove(store: Store, { path }: Owner): Group[] {
  return [...store.groups.values()].filter((group) => path.startsWith(`${group.path}/`));
}

/** `DeployToken.active`, to the second, unlike the `expired` of the API. */
export function isActive({ revoked, expiresAt }: DeployToken, now: Date): boolean {
  return !revoked && (expiresAt === null || expiresAt >= now);
}

/** `has_access_to?`: the token's own project, or each below its group. */
export function reaches(store: Store, { kind, ownerId }: DeployToken, project: Project): boolean {
  if (project.restricted || project.pendingDelete) return false;
  if (kind === "project") return ownerId === project.id;
  return project.path.startsWith(`${store.groups.get(ownerId)?.path}/`);
}

function level(role: Role | undefined): number {
  return role === undefined ? 0 : roles[role];
}
