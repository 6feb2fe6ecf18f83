import * as pulumi from "@pulumi/pulumi";
import type { GitLabClient } from "../gitlab/client.js";
import { DeployTokenError } from "../gitlab/errors.js";
import { clearly } from "../run-error.js";
import { clientOf, known, type Settings, settingsOf } from "./source.js";
import type { OutputArgs } from "./types.js";

/** Limit on one look-up with all its pages, retries and waits, in milliseconds. */
const deadline = 15 * 60_000;

type Ask<A, R> = (args: A, gitlab: GitLabClient, signal: AbortSignal) => Promise<R>;

/** A look-up in the two forms that Pulumi's SDKs have: a promise, and an output of outputs. */
export class Lookup<A extends object, R> {
  private readonly name: string;
  private readonly ask: Ask<A, R>;

  constructor(name: string, ask: Ask<A, R>) {
    this.name = name;
    this.ask = ask;
  }

  async promise(args: A, opts: pulumi.InvokeOptions = {}): Promise<R> {
    if (isMocked()) return pulumi.runtime.invoke(this.token, args, opts) as Promise<R>;
    return clearly(async () => {
      const settings = await known(settingsOf(this.name, opts));
      if (settings !== undefined) return this.answer(args, settings);
      throw new DeployTokenError(
        "invalid_argument",
        `${this.name}: the option "provider" depends on what this preview does not know yet; ${this.name}Output waits for it.`,
      );
    });
  }

  output(args: OutputArgs<A>, opts: pulumi.InvokeOptions = {}): pulumi.Output<R> {
    if (isMocked()) return pulumi.runtime.invokeOutput<R>(this.token, args, opts);
    return pulumi
      .all([pulumi.output(args), settingsOf(this.name, opts)])
      .apply(([known, settings]) =>
        clearly(() => this.answer(known as A, settings as Settings)),
      ) as pulumi.Output<R>;
  }

  private async answer(args: A, settings: Settings): Promise<R> {
    return this.ask(args, await clientOf(settings), AbortSignal.timeout(deadline));
  }

  /** What a unit test's mocks see. */
  private get token(): string {
    return `gitlab-deploy-tokens:index:${this.name}`;
  }
}

// Under Pulumi's mocks the monitor answers from them; a real one asks the engine, which knows no function of ours.
function isMocked(): boolean {
  const monitor: unknown = pulumi.runtime.getMonitor();
  return typeof monitor === "object" && monitor !== null && "mocks" in monitor;
}
