import type { GitLabClient } from "../gitlab/client.js";
import { type DeployToken, listDeployTokens } from "../gitlab/deploy-tokens.js";
import { type DeployTokenError, hasCode } from "../gitlab/errors.js";
import type { Owner } from "../gitlab/owner.js";
import { listDescendantGroups, listGroupProjects, listGroups, projectPages } from "../gitlab/owner-lists.js";
import { getOwner } from "../gitlab/owners.js";
import type { AuditedOwner } from "./audit-report.js";
import type { Progress } from "./console.js";
import { inParallel } from "./in-parallel.js";

/** What is looked through. */
export interface Targets {
  readonly instance: boolean;
  /** Ids or full paths. */
  readonly groups: readonly string[];
  readonly projects: readonly string[];
  /** Whether a group stands for everything below it too. */
  readonly recursive: boolean;
}

export interface FoundToken extends DeployToken {
  /** Undefined: the instance's list has it, and no owner that was walked claims it. */
  readonly owner: AuditedOwner | undefined;
}

/** What a walk through GitLab found. */
export interface Walk {
  /** By ascending id. */
  readonly tokens: readonly FoundToken[];
  /** Those whose tokens were listed to the end. */
  readonly owners: readonly AuditedOwner[];
  /** Those that could not be read, with the reason. */
  readonly unread: readonly { readonly owner: AuditedOwner; readonly reason: string }[];
  /** The whole instance was listed: what is not among the tokens does not exist. */
  readonly isWholeInstance: boolean;
}

/** Lists every deploy token of the targets, with its owner, so many requests at a time. */
export async function walk(
  gitlab: GitLabClient,
  targets: Targets,
  concurrency: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<Walk> {
  const walker = new Walker(gitlab, concurrency, progress, signal);
  try {
    for (const id of targets.projects) await walker.named({ kind: "project", id });
    for (const id of targets.groups) await walker.group(id, targets.recursive);
    if (targets.instance) await walker.instance();
  } finally {
    progress.end();
  }
  return walker.result(targets.instance);
}

/** What is missing, in a sentence; undefined where nothing is. */
export function unreadNote({ unread }: Walk): string | undefined {
  if (unread.length === 0) return undefined;
  const owners = unread.map(({ owner, reason }) => `${owner.kind} ${owner.path} (${reason})`);
  return `${unread.length} projects and groups could not be read, their deploy tokens are missing here: ${named(owners)}`;
}

const mostNamed = 5;

export function named(all: readonly string[]): string {
  return `${all.slice(0, mostNamed).join(", ")}${all.length > mostNamed ? ", …" : ""}`;
}

class Walker {
  private readonly gitlab: GitLabClient;
  private readonly concurrency: number;
  private readonly progress: Progress;
  private readonly signal: AbortSignal;
  private readonly tokens = new Map<number, FoundToken>();
  private readonly owners = new Map<string, AuditedOwner>();
  private readonly unread: { owner: AuditedOwner; reason: string }[] = [];
  /** How many tokens of the instance's list have no owner yet. */
  private unclaimed = 0;

  constructor(gitlab: GitLabClient, concurrency: number, progress: Progress, signal: AbortSignal) {
    this.gitlab = gitlab;
    this.concurrency = concurrency;
    this.progress = progress;
    this.signal = signal;
  }

  /** One that was asked for by name: that it cannot be read is a failure. */
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

  /** The instance's list first: once each of its tokens has an owner, the walk can end. */
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

  result(isWholeInstance: boolean): Walk {
    const tokens = [...this.tokens.values()].sort((a, b) => a.deployTokenId - b.deployTokenId);
    return { tokens, owners: [...this.owners.values()], unread: this.unread, isWholeInstance };
  }

  private async below(owners: readonly AuditedOwner[], isSettled = () => false): Promise<void> {
    await inParallel(owners, this.concurrency, async (owner) => {
      if (isSettled() || this.owners.has(keyOf(owner))) return;
      try {
        await this.list(owner);
      } catch (error) {
        // Out of sight, a role that is too low, or deleted meanwhile: said in the report, not passed over.
        if (!hasCode(error, "forbidden", "owner_not_found", "redirected", "moved")) throw error;
        this.unread.push({ owner, reason: reasonOf(error) });
      }
      this.progress.step(
        () =>
          `${this.owners.size} projects and groups, ${this.tokens.size} deploy tokens${this.unclaimed > 0 ? `, ${this.unclaimed} of them without an owner yet` : ""} ...`,
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
