import type { DeployTokenReads } from "../gitlab/deploy-token-reads.js";
import type { DeployToken } from "../gitlab/deploy-tokens.js";
import type { Owner } from "../gitlab/owner.js";

/** What one run knows of one owner's tokens. It asks nothing itself: a preview loads this file, and no HTTP library. */
export class OwnerLedger {
  /** Its tokens, read together; made at the first read. */
  reads: DeployTokenReads | undefined;

  /** Ids that belong to this run's rows or answers: never an orphan's. */
  private readonly ours = new Set<number>();
  /** Adopted tokens, and by which adoptions this run's rows hold them. */
  private readonly adoptions = new Map<number, Set<string>>();
  private highest = 0;
  private end: Promise<readonly DeployToken[]> | undefined;
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(private readonly toBeAdopted: ReadonlySet<number>) {}

  isOurs(deployTokenId: number): boolean {
    return this.ours.has(deployTokenId) || this.isToBeAdopted(deployTokenId);
  }

  /** Whether the program says `adopt` of it. */
  isToBeAdopted(deployTokenId: number): boolean {
    return this.toBeAdopted.has(deployTokenId);
  }

  claim(deployTokenId: number): void {
    this.ours.add(deployTokenId);
    this.saw(deployTokenId);
  }

  /** A row holds it by adoption. */
  hold(deployTokenId: number, adoption: string): void {
    this.adoptions.set(deployTokenId, (this.adoptions.get(deployTokenId) ?? new Set()).add(adoption));
  }

  /** Whether another row than the one of this adoption (undefined: of none) holds it. */
  isHeldByAnother(deployTokenId: number, adoption: string | undefined): boolean {
    return [...(this.adoptions.get(deployTokenId) ?? [])].some((holder) => holder !== adoption);
  }

  /** The highest id that is known to exist. */
  get highestKnown(): number {
    return this.highest;
  }

  saw(deployTokenId: number): void {
    this.highest = Math.max(this.highest, deployTokenId);
  }

  /** The end of the owner's list, looked at once a run: what was there before this run made anything. */
  before(look: () => Promise<readonly DeployToken[]>): Promise<readonly DeployToken[]> {
    this.end ??= look().then(
      (tokens) => {
        for (const token of tokens) this.saw(token.deployTokenId);
        return tokens;
      },
      (error: unknown) => {
        this.end = undefined;
        throw error;
      },
    );
    return this.end;
  }

  /** Equal creates go one after another: GitLab's answers could not be told apart. */
  async inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(work, work);
    this.turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.turns.get(key) === turn) this.turns.delete(key);
    }
  }
}

/** What one run knows of GitLab. */
export class Ledger {
  private readonly ids = new Map<string, Promise<string>>();
  private readonly owners = new Map<string, OwnerLedger>();
  private readonly toBeAdopted = new Set<number>();

  /** The program says `adopt`; ids are unique in a GitLab. */
  willAdopt(deployTokenId: number): void {
    this.toBeAdopted.add(deployTokenId);
  }

  /** The owner by its numeric id: one GET for an owner written as a path, per run. */
  async resolve(owner: Owner, ask: (owner: Owner) => Promise<string>): Promise<Owner> {
    const key = `${owner.kind} ${owner.id}`;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = ask(owner);
      this.ids.set(key, id);
      id.catch(() => this.ids.delete(key));
    }
    return { kind: owner.kind, id: await id };
  }

  /** By numeric id. */
  of(owner: Owner): OwnerLedger {
    const key = `${owner.kind} ${owner.id}`;
    const ledger = this.owners.get(key) ?? new OwnerLedger(this.toBeAdopted);
    this.owners.set(key, ledger);
    return ledger;
  }
}
