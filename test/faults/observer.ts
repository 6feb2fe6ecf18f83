import type { AxiosAdapter, InternalAxiosRequestConfig } from "axios";
import type { EngineModel } from "./engine-model.js";
import type { InProcessGitLab } from "./in-process.js";

/** A deletion of a token that did not belong to the deleting stack. */
export interface WrongDeletion {
  readonly deployTokenId: number;
  /** The time from the stack's own open request to the creation of the other's token, in milliseconds. */
  readonly after: number;
  /** The deleting stack created it. */
  readonly isOwn: boolean;
  /** A resource that left the program had the open request. */
  readonly isOfRemoved: boolean;
  /** This run removes or replaces the resource of the token, which a lagging replica hid. */
  readonly isHidden: boolean;
}

interface Made {
  readonly by: number;
  readonly at: number;
}

/** Sees every request of every stack and checks it without the package's code. */
export class Observer {
  readonly wrongDeletions: WrongDeletion[] = [];
  /** Tokens that a stack received in a response. */
  private readonly made = new Map<number, Made>();
  /** The last POST of each stack without a response. */
  private readonly lostAt = new Map<number, number>();
  private readonly stacks: EngineModel[] = [];
  /** A replica has lagged: the look before a request may have missed a token, also for a later run of its record. */
  private hasLagged = false;

  constructor(
    private readonly gitlab: InProcessGitLab,
    /** Tokens of people. */
    private readonly others: ReadonlySet<number>,
  ) {}

  /** The adapter through which a stack reaches GitLab. */
  adapterOf(stack: number): AxiosAdapter {
    return async (config) => {
      const sentAt = this.gitlab.time.elapsed();
      this.hasLagged ||= this.gitlab.replica.lag > 0;
      const isPost = config.method === "post";
      const deletes = config.method === "delete" ? this.idOf(config) : undefined;
      // The loss of a revoked token harms no one.
      const wasThere =
        deletes !== undefined && this.gitlab.store.deployTokens.get(deletes)?.revoked === false;
      try {
        const response = await this.gitlab.adapter(config);
        const id = isPost ? idIn(response.data) : undefined;
        if (id !== undefined) this.made.set(id, { by: stack, at: sentAt });
        else if (isPost) this.lostAt.set(stack, sentAt);
        return response;
      } catch (error) {
        if (isPost) this.lostAt.set(stack, sentAt);
        throw error;
      } finally {
        if (wasThere && !this.gitlab.store.deployTokens.has(deletes)) this.judge(stack, deletes);
      }
    };
  }

  watch(...stacks: EngineModel[]): void {
    this.stacks.push(...stacks);
  }

  /** A restored database assigns ids again. */
  forgetAbove(deployTokenId: number): void {
    for (const id of this.made.keys()) if (id > deployTokenId) this.made.delete(id);
  }

  private judge(stack: number, deployTokenId: number): void {
    const model = this.stacks[stack] as EngineModel;
    const made = this.made.get(deployTokenId);
    const isRowsOwn = model.deleting.has(deployTokenId) && !this.others.has(deployTokenId);
    if (isRowsOwn || (made === undefined && !this.others.has(deployTokenId))) {
      this.made.delete(deployTokenId);
      return;
    }
    const after = (made?.at ?? this.gitlab.time.elapsed()) - (this.lostAt.get(stack) ?? 0);
    const isOwn = made?.by === stack;
    this.wrongDeletions.push({
      deployTokenId,
      after,
      isOwn,
      isOfRemoved: model.deleting.size > 0,
      isHidden: this.hasLagged && model.leaving.has(deployTokenId),
    });
  }

  private idOf({ url = "" }: InternalAxiosRequestConfig): number | undefined {
    const id = /deploy_tokens\/(\d+)$/.exec(url)?.[1];
    return id === undefined ? undefined : Number(id);
  }
}

function idIn(body: unknown): number | undefined {
  try {
    const { id, token } = JSON.parse(String(body)) as { id?: unknown; token?: unknown };
    return typeof id === "number" && typeof token === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
