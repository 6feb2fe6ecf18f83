import { counted } from "../counted.js";
import type { GitLabClient } from "../gitlab/client.js";
import { type DeployToken, listDeployTokens } from "../gitlab/deploy-tokens.js";
import { type DeployTokenError, hasCode } from "../gitlab/errors.js";
import type { Owner } from "../gitlab/owner.js";
import {
  listDescendantGroups,
  listGroupProjects,
  listGroups,
  listUserProjects,
  projectPages,
} from "../gitlab/owner-lists.js";
import { getOwner } from "../gitlab/owners.js";
import type { AuditedOwner } from "./audit-report.js";
import type { Progress } from "./console.js";
import { inParallel } from "./in-parallel.js";

/** The projects and groups to search. */
export interface Targets {
  readonly instance: boolean;
  /** Ids or full paths. */
  readonly groups: readonly string[];
  readonly projects: readonly string[];
  /** Names or ids of users, whose own namespaces are searched. */
  readonly users: readonly string[];
  /** Whether a group includes everything below it. */
  readonly recursive: boolean;
}

export interface FoundToken extends DeployToken {
  /** Undefined if only the instance's list has the token, and no owner that was read. */
  readonly owner: AuditedOwner | undefined;
}

/** The deploy tokens that were found. */
export interface Inventory {
  /** By ascending id. */
  readonly tokens: readonly FoundToken[];
  /** The owners whose tokens were listed completely. */
  readonly owners: readonly AuditedOwner[];
  /** The owners that could not be read, with the reason. */
  readonly unread: readonly { readonly owner: AuditedOwner; readonly reason: string }[];
  /** Whether the whole instance was listed, so that any other token does not exist. */
  readonly isWholeInstance: boolean;
}

/** Lists every deploy token of the targets, with its owner; sends `concurrency` requests at a time. */
export async function collectTokens(
  gitlab: GitLabClient,
  targets: Targets,
  concurrency: number,
  progress: Progress,
): Promise<Inventory> {
  const collector = new Collector(gitlab, concurrency, progress);
  try {
    for (const id of targets.projects) await collector.named({ kind: "project", id });
    for (const name of targets.users) await collector.user(name);
    for (const id of targets.groups) await collector.group(id, targets.recursive);
    if (targets.instance) await collector.instance();
  } finally {
    progress.clear();
  }
  return collector.result(targets.instance);
}

class Collector {
  private readonly ended = new AbortController();
  private readonly signal = this.ended.signal;
  private readonly tokens = new Map<number, FoundToken>();
  private readonly owners = new Map<string, AuditedOwner>();
  private readonly unread: { owner: AuditedOwner; reason: string }[] = [];
  /** The number of tokens in the instance's list without a known owner. */
  private unclaimed = 0;

  constructor(
    private readonly gitlab: GitLabClient,
    private readonly concurrency: number,
    private readonly progress: Progress,
  ) {}

  /** Reads an owner from the command line. If that fails, the command fails. */
  async named(owner: Owner): Promise<AuditedOwner> {
    const described = await getOwner(this.gitlab, owner, this.signal);
    await this.list(described);
    return described;
  }

  async group(id: string, recursive: boolean): Promise<void> {
    const group = await this.named({ kind: "group", id });
    if (!recursive) return;
    await this.below(await listDescendantGroups(this.gitlab, group.id, this.signal));
    await this.below(await listGroupProjects(this.gitlab, group.id, this.signal));
  }

  /** The projects of a user's own namespace. */
  async user(name: string): Promise<void> {
    await this.below(await listUserProjects(this.gitlab, name, this.signal));
  }

  /** Reads the instance's list first. The search for owners ends when each token has one. */
  async instance(): Promise<void> {
    for (const token of await listDeployTokens(this.gitlab, undefined, this.signal)) {
      if (this.tokens.has(token.deployTokenId)) continue;
      this.tokens.set(token.deployTokenId, { ...token, owner: undefined });
      this.unclaimed++;
    }
    if (this.unclaimed === 0) return;
    const isSettled = () => this.unclaimed === 0;
    await this.below(await listGroups(this.gitlab, this.signal), isSettled);
    for await (const projects of projectPages(this.gitlab, this.signal)) {
      await this.below(projects, isSettled);
      if (isSettled()) return;
    }
  }

  result(isWholeInstance: boolean): Inventory {
    const tokens = [...this.tokens.values()].sort((a, b) => a.deployTokenId - b.deployTokenId);
    return { tokens, owners: [...this.owners.values()], unread: this.unread, isWholeInstance };
  }

  private async below(owners: readonly AuditedOwner[], isSettled = () => false): Promise<void> {
    await inParallel(owners, this.concurrency, async (owner) => {
      if (isSettled() || this.owners.has(keyOf(owner))) return;
      try {
        await this.list(owner);
      } catch (error) {
        // The owner is not visible, the role is too low, or it was deleted in the meantime. The report says so.
        if (!hasCode(error, "forbidden", "owner_not_found", "redirected", "moved")) {
          // Ends the other requests with their retries: the command fails.
          this.ended.abort();
          throw error;
        }
        this.unread.push({ owner, reason: reasonOf(error) });
      }
      this.progress.step(
        () =>
          `${counted(this.owners.size, "project or group", "projects and groups")}, ${counted(this.tokens.size, "deploy token")}${this.unclaimed > 0 ? `, ${this.unclaimed} of them without an owner yet` : ""} ...`,
      );
    });
  }

  private async list(owner: AuditedOwner): Promise<void> {
    const at = { kind: owner.kind, id: String(owner.id) };
    for (const token of await listDeployTokens(this.gitlab, at, this.signal)) {
      const known = this.tokens.get(token.deployTokenId);
      if (known !== undefined && known.owner === undefined) this.unclaimed--;
      this.tokens.set(token.deployTokenId, { ...token, owner });
    }
    this.owners.set(keyOf(owner), owner);
  }
}

function keyOf({ kind, id }: AuditedOwner): string {
  return `${kind} ${id}`;
}

function reasonOf(error: DeployTokenError): string {
  return error.status === undefined ? error.code : `${error.status} ${error.code.replaceAll("_", " ")}`;
}
