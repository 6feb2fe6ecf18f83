import { type Input, Output, output, runtime } from "@pulumi/pulumi";
import { normalizeExpiry } from "../gitlab/dates.js";
import { isNumericId, type OwnerKind } from "../gitlab/owner.js";
import { normalizeGivenScopes } from "../gitlab/scopes.js";

/** What GitLab compares. The user name is left out, because GitLab 12.9 ignores it. */
export interface ComparedArguments {
  readonly owner: unknown;
  readonly name: unknown;
  readonly scopes: unknown;
  readonly expiresAt: unknown;
}

/** The tokens of one program. */
class Declared {
  /** Tokens whose arguments are not known yet, and may turn out to be any. */
  readonly pending = new Set<ComparedArguments>();
  /** How often the program declares a token by these arguments. */
  private readonly counts = new Map<string, number>();

  /** Counts a token, and returns what tells later whether there may be an equal one. */
  add(kind: OwnerKind, { owner, name, scopes, expiresAt }: ComparedArguments): () => true | undefined {
    const written = String(owner).toLowerCase();
    const rest = JSON.stringify([kind, name, normalizeGivenScopes(scopes), normalizeExpiry(expiresAt)]);
    const [spelling, other] = isNumericId(written) ? ["id", "path"] : ["path", "id"];
    const key = `${rest} ${written}`;
    for (const each of [key, `${rest} by ${spelling}`])
      this.counts.set(each, (this.counts.get(each) ?? 0) + 1);
    return () => {
      // The same owner may be written as an id and as a path.
      if ((this.counts.get(key) ?? 0) > 1 || this.counts.has(`${rest} by ${other}`)) return true;
      return [...this.pending].some((args) => !isPlain(args.name) || args.name === name) ? true : undefined;
    };
  }
}

/** A process may run several programs: the Automation API does. */
const programs = new WeakMap<object, Declared>();

/**
 * Whether the program declares another token that GitLab could not tell from this one, perhaps with another `Provider`.
 * Answers after the program's turn, in which it declares the others.
 */
export function mayHaveEqual(
  kind: OwnerKind,
  args: ComparedArguments,
  program: object | undefined = runtime.getStackResource(),
): Input<true | undefined> | undefined {
  // A preview creates no token, and neither does a unit test with mocks.
  if (program === undefined || runtime.isDryRun()) return undefined;
  const declared = programs.get(program) ?? new Declared();
  programs.set(program, declared);
  if (Object.values(args).every(isPlain)) return Promise.resolve().then(declared.add(kind, args));
  if (Object.values(args).every(mayBeAny)) declared.pending.add(args);
  return output(args as Input<ComparedArguments>).apply(async (known) => {
    declared.pending.delete(args);
    const answer = declared.add(kind, known);
    // The arguments of the program's other tokens become known in the same turn.
    await new Promise(setImmediate);
    return answer();
  }) as Output<true | undefined>;
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  return value === undefined || value === null || typeof value === "string" || typeof value === "number";
}

/** Not where it comes from a resource that is still to be made: that one has no token yet. */
function mayBeAny(value: unknown): boolean {
  if (!Output.isInstance(value)) return true;
  const { resources } = value as { resources?: () => Iterable<{ __pulumiType?: unknown }> };
  return [...(resources?.() ?? [])].every((resource) =>
    /(?:DeployToken|StackReference)$/.test(String(resource.__pulumiType)),
  );
}
