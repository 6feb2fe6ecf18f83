import * as pulumi from "@pulumi/pulumi";
import { wordsForArguments } from "../argument-keys.js";
import type { GitLabClient } from "../gitlab/client.js";
import { invalid } from "../invalid-argument.js";
import { checkProgramArguments, isMocked } from "../program-arguments.js";
import { asRunError, withoutStackTrace } from "../without-stack-trace.js";
import { clientOf, known, type Settings, settingsOf } from "./source.js";
import type { OutputArgs } from "./types.js";

/** Limit on one look-up with all its pages, retries and waits, in milliseconds. */
const deadline = 15 * 60_000;

/** A look-up in the two forms that Pulumi's SDKs have: a promise, and an output of outputs. */
export class TokenQuery<A extends object, R> {
  /** `results`: keys that only a result has, to recognize mocks that return the inputs. */
  constructor(
    private readonly name: string,
    private readonly names: readonly (keyof A & string)[],
    private readonly results: readonly (keyof R & string)[],
    private readonly ask: (args: A, gitlab: GitLabClient, signal: AbortSignal) => Promise<R>,
  ) {}

  async promise(args: A, opts: pulumi.InvokeOptions = {}): Promise<R> {
    return withoutStackTrace(async () => {
      this.checkNames(args);
      if (isMocked()) return this.mocked(args, (await pulumi.runtime.invoke(this.token, args, opts)) as R);
      const settings = await known(this.settings(opts));
      if (settings !== undefined) return this.answer(args, settings);
      throw invalid(
        `${this.name}: the option "provider" depends on a value that this preview does not know yet; ${this.name}Output waits for it.`,
      );
    });
  }

  output(args: OutputArgs<A>, opts: pulumi.InvokeOptions = {}): pulumi.Output<R> {
    this.checkNames(args);
    if (isMocked()) {
      return pulumi.runtime
        .invokeOutput<R>(this.token, args, opts)
        .apply((answer) => this.mocked(args, answer as R)) as pulumi.Output<R>;
    }
    return pulumi
      .all([pulumi.output(args), this.settings(opts)])
      .apply(([known, settings]) =>
        withoutStackTrace(() => this.answer(known as A, settings as Settings)),
      ) as pulumi.Output<R>;
  }

  private settings(opts: pulumi.InvokeOptions): pulumi.Output<Settings> {
    try {
      return settingsOf(this.name, opts);
    } catch (error) {
      throw asRunError(error);
    }
  }

  private checkNames(args: unknown): void {
    const known = { names: this.names, otherWords: wordsForArguments };
    checkProgramArguments(this.name, args, known, (message) => asRunError(invalid(message)));
  }

  private async answer(args: A, settings: Settings): Promise<R> {
    return this.ask(args, await clientOf(settings), AbortSignal.timeout(deadline));
  }

  /** Refuses mocks that return the inputs of the call, as the usual mocks do. */
  private mocked(args: object, answer: R): R {
    const isAnswer = typeof answer === "object" && answer !== null;
    if (isAnswer && this.results.some((name) => name in answer && !(name in args))) return answer;
    throw asRunError(
      invalid(
        `${this.name}: the mocks of this test return no result. ` +
          `Wanted: ${this.results.join(", ")} in what call of pulumi.runtime.setMocks returns for the token "${this.token}".`,
      ),
    );
  }

  /** The token of the call in a unit test's mocks. */
  private get token(): string {
    return `gitlab-deploy-tokens:index:${this.name}`;
  }
}
