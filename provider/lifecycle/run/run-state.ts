import type { Owner } from "../../gitlab/owner.js";
import { type InstanceIds, KnownTokens } from "./known-tokens.js";

/** What one run knows of one GitLab. */
export class RunState {
  private readonly ids = new Map<string, Promise<string>>();
  private readonly owners = new Map<string, KnownTokens>();
  private readonly instance: InstanceIds = {
    highest: 0,
    createdAt: Number.NEGATIVE_INFINITY,
    sentAt: Number.NEGATIVE_INFINITY,
  };
  private readonly toBeAdopted = new Set<number>();
  private readonly lookedAt = new Set<string>();
  private readonly undiffed = new Map<string, number>();
  private readonly equal = new Set<string>();

  constructor(private readonly elapsed: () => number) {}

  /** The program may declare another resource with an equal token, perhaps with a Provider and process of its own. */
  expectEqual(key: string): void {
    this.equal.add(key);
  }

  mayHaveEqual(key: string): boolean {
    return this.equal.has(key);
  }

  /** The program adopts the token. Ids are unique in a GitLab instance. */
  willAdopt(deployTokenId: number): void {
    this.toBeAdopted.add(deployTokenId);
  }

  /** The owner by its numeric id; `resolveId` runs once for each spelling of the owner. */
  async resolve(owner: Owner, resolveId: () => Promise<string>): Promise<Owner> {
    const key = keyOf(owner);
    let id = this.ids.get(key);
    if (id === undefined) {
      id = resolveId();
      this.ids.set(key, id);
      id.catch(() => this.ids.delete(key));
    }
    return { kind: owner.kind, id: await id };
  }

  /** Reads an owner at most once in a run: the first one, and those that are due. */
  async lookAtOnce(owner: Owner, isItsTurn: boolean, look: () => Promise<void>): Promise<void> {
    const key = keyOf(owner);
    const isFirst = this.lookedAt.size === 0;
    if (this.lookedAt.has(key) || !(isFirst || isItsTurn)) return;
    this.lookedAt.add(key);
    await look();
  }

  /**
   * The engine checked a resource of the state. Only a diff gives its token's id, and the engine calls none if the
   * resource is replaced for another reason than its arguments: `replaceWith`, `replacementTrigger`, `deletedWith`.
   */
  expectDiff(resource: string): void {
    this.undiffed.set(resource, this.undiffedOf(resource) + 1);
  }

  diffed(resource: string): void {
    this.undiffed.set(resource, Math.max(0, this.undiffedOf(resource) - 1));
  }

  /** The number of resources in the state with these arguments and an unknown token id. */
  undiffedOf(resource: string): number {
    return this.undiffed.get(resource) ?? 0;
  }

  /** What this run knows of the tokens of an owner, given by its numeric id. */
  of(owner: Owner): KnownTokens {
    const key = keyOf(owner);
    const known = this.owners.get(key) ?? new KnownTokens(this.instance, this.toBeAdopted, this.elapsed);
    this.owners.set(key, known);
    return known;
  }
}

function keyOf({ kind, id }: Owner): string {
  return `${kind} ${id}`;
}
